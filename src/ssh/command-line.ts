/** The command line of the system's own `ssh`. Pure. */

/** A machine as a person writes it: a name of ~/.ssh/config, or an address. */
export interface SshTarget {
  host: string;
  /** null: as ~/.ssh/config says. */
  user: string | null;
  port: number | null;
}

/** Of a person's configuration for logins: it would take the place of the command, or open ports here. */
const ALWAYS = [
  'RemoteCommand=none',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'ServerAliveInterval=15',
];

/**
 * The arguments that run one command there. The user's own configuration counts for all that no option says.
 * @param options as in ssh_config(5), such as `BatchMode=yes`
 * @param keys files of private keys
 */
export function sshCommandLine(
  { host, user, port }: SshTarget,
  command: string,
  options: string[],
  keys: string[] = [],
): string[] {
  return [
    // No terminal. Nothing of this machine is lent to that one: no agent, no display.
    ...['-T', '-a', '-x'],
    ...keys.flatMap((file) => ['-i', file]),
    ...[...options, ...ALWAYS].flatMap((option) => ['-o', option]),
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    host,
    command,
  ];
}
