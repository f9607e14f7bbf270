/** The socket that leads to the engine of a controller: which folder it can be in, on which system. Pure. */
import { posix } from 'node:path';

/** The longest path of a socket that every system takes: 104 bytes on macOS, with the last one 0. */
const LONGEST = 103;
/** The part of the path below that folder. */
const ADDED = '/landfall-XXXXXX/engine'.length;

/** The first of them in which the path of the socket is not too long. macOS has long folders for temporary files. */
export function socketFolder(folders: { runtime: string | undefined; temporary: string }): string {
  const { runtime, temporary } = folders;
  const fits = [runtime, temporary].find(
    (folder) =>
      folder !== undefined && posix.isAbsolute(folder) && Buffer.byteLength(folder) + ADDED <= LONGEST,
  );
  return fits ?? '/tmp';
}

/** Why this system has no such socket, and the other ways; null: it has. */
export function withoutSocket(platform: NodeJS.Platform): string[] | null {
  if (platform !== 'win32') return null;
  return [
    'The controller cannot be reached over SSH from Windows itself: Landfall needs a Unix socket for that.',
    'Run Landfall in WSL 2. Or open a tunnel (ssh -N -L 7233:127.0.0.1:7233 USER@CONTROLLER), and set TEMPORAL_ADDRESS=127.0.0.1:7233.',
  ];
}
