/** Places of OpenSSH that differ between systems. Pure. Windows: as Microsoft's OpenSSH has them. */
import { posix, win32 } from 'node:path';

/** The system that a command runs on: `process`, or another one in a test. */
export interface System {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

/** The service of Windows that holds keys listens there, without a variable. */
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';

/** The socket of the SSH agent; null: there is none. */
export function agentSocket({ platform, env }: System): string | null {
  return env.SSH_AUTH_SOCK ?? (platform === 'win32' ? WINDOWS_AGENT : null);
}

/** OpenSSH's configuration for all users. */
export function systemConfig({ platform, env }: System): string {
  if (platform !== 'win32') return '/etc/ssh/ssh_config';
  return win32.join(env.ProgramData ?? 'C:\\ProgramData', 'ssh', 'ssh_config');
}

/** The files of `LANDFALL_SSH_KEY`, separated as in PATH: a path of Windows has a colon. Absent: none. */
export function keyFiles({ platform, env }: System): string[] {
  const { delimiter } = platform === 'win32' ? win32 : posix;
  return env.LANDFALL_SSH_KEY?.split(delimiter) ?? [];
}
