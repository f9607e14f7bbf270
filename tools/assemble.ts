/** Writes a folder that runs client and worker with nothing but Node. The image and the wheel are made of it. */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageContents } from '../src/package/contents';
import type { Machine } from '../src/package/native-module';

/** @throws Error when the folder exists: its old files would stay */
export function assemble(folder: string, machine?: Machine): void {
  if (existsSync(folder)) throw new Error(`${folder} exists already. Name a new folder.`);
  for (const { path, from, mode } of packageContents(machine)) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    chmodSync(to, mode);
  }
}

if (require.main === module) {
  const [folder, platform = process.platform, arch = process.arch] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Give a new folder: assemble.js FOLDER [PLATFORM ARCH]');
  assemble(folder, { platform, arch });
}
