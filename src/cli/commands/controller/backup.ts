import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ARCHIVE_FOLLOWS, backupScript } from '../../../controller/install/backup-script';
import { megabytes } from '../../../controller/install/plan';
import { output } from '../../../output/output';
import { after } from '../../../ssh/system-ssh';
import { lastLine, Machine } from '../../controller/machine';
import { CommandError } from '../../exit-codes';

/**
 * `landfall controller backup`: saves history, signing key, keys and policy in one file, for its owner alone. The
 * controller continues meanwhile. @returns the exit code
 */
export async function controllerBackupCommand(name: string, file: string): Promise<number> {
  const machine = Machine.named(name);
  const partial = `${file}.partial`;
  const handle = await open(partial, 'w', 0o600).catch((error: Error) => {
    throw new CommandError(`The file ${file} cannot be written: ${error.message}`);
  });
  try {
    await handle.chmod(0o600);
    const to = createWriteStream(partial, { fd: handle, autoClose: true });
    const take = (archive: Readable) => pipeline(archive, after(ARCHIVE_FOLLOWS), to);
    const { code, stderr } = await machine.run(backupScript(), { take });
    const { bytesWritten } = to;
    if (code !== 0 || bytesWritten === 0) {
      throw new CommandError([
        `No backup was made of ${machine.name}: ${lastLine(stderr)}`,
        `Check that a controller is there, and has room: landfall controller status ${machine.name}`,
      ]);
    }
    await rename(partial, file);
    output.say(
      `${file} has the controller on ${machine.name}: ${megabytes(bytesWritten)}. It holds private keys: keep it as you keep those.`,
    );
    return 0;
  } finally {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
  }
}
