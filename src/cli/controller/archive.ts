import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Contents } from '../../controller/install/contents';
import { CommandError } from '../exit-codes';
import { lastLine } from './machine';

/**
 * The files as a compressed archive, made while it is read. The links of the folder become what they lead to.
 * @throws CommandError when `tar` fails
 */
export async function* archiveOf({ folder, files }: Contents): AsyncGenerator<Buffer> {
  const tar = spawn('tar', ['-chf', '-', '-C', folder, '-T', '-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Without the extended attributes of macOS.
    env: { ...process.env, COPYFILE_DISABLE: '1' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => resolve(code));
  });
  let stderr = '';
  tar.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  Readable.from([`${files.join('\n')}\n`]).pipe(tar.stdin);
  // The fastest: the receiver is seldom slower than one processor compresses.
  const gzip = createGzip({ level: 1 });
  tar.stdout.pipe(gzip);
  for await (const chunk of gzip) yield chunk as Buffer;
  if ((await ended) !== 0) throw new CommandError(`The programs could not be packed: ${lastLine(stderr)}`);
}
