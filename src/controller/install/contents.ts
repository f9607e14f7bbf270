/** The files that are sent to a controller: it has neither Node nor Temporal, and perhaps no internet. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ExpectedError } from '../../text/expected-error';
import { engineReady, wrapper } from './files';
import { ENGINE, PROGRAM_LIST, WORKER } from './layout';
import { engineUnit, workerUnit } from './units';

export interface Contents {
  /** `<version>-<hash>`: the same files have the same name. */
  name: string;
  version: string;
  /** Version of the Node that is sent. */
  node: string;
  /** `uname` of the machines that the programs are for: `Linux x86_64`. */
  machine: string;
  bytes: number;
  /** Has links to the files to send, below their names on the controller. */
  folder: string;
  /** Paths below the folder. */
  files: string[];
  /** SHA-256 of the large ones, by path. */
  programs: Map<string, string>;
  remove(): Promise<void>;
}

export interface Programs {
  /** Executable of Node, for the controller. */
  node: string;
  nodeVersion: string;
  /** Executable of Temporal's command line, for the controller. */
  temporal: string;
  version: string;
  /** The files of Landfall for a kind of machine. */
  landfall(machine: Machine): { path: string; from: string }[];
  /** The one among them that is the command line. */
  command: string;
}

/** A program cannot be sent. */
export class NotSendable extends ExpectedError {
  override readonly name = 'NotSendable';
}

/**
 * Gathers the files in a folder of links. Nothing is copied. Call `remove` afterwards.
 * @throws NotSendable for a program that is missing, or is not a Linux executable
 */
export async function gather(programs: Programs): Promise<Contents> {
  const machine = await machineOf(programs.node);
  const other = await machineOf(programs.temporal);
  if (machine.uname !== other.uname) {
    throw new NotSendable(
      `${programs.node} is for ${machine.uname}, and ${programs.temporal} is for ${other.uname}. Name two of the same kind: --node FILE --temporal FILE.`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'landfall-controller-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of ['package', 'bin', 'libexec', 'units']) await mkdir(join(folder, name));
    await symlink(await realpath(programs.node), join(folder, 'node'));
    await symlink(await realpath(programs.temporal), join(folder, 'temporal'));
    for (const { path, from } of programs.landfall(machine)) {
      await mkdir(dirname(join(folder, 'package', path)), { recursive: true });
      await symlink(await realpath(from), join(folder, 'package', path));
    }
    const script = { mode: 0o755 };
    await writeFile(join(folder, 'bin', 'landfall'), wrapper(`package/${programs.command}`), script);
    await writeFile(join(folder, 'libexec', 'engine-ready'), engineReady(), script);
    await writeFile(join(folder, 'units', ENGINE), engineUnit());
    await writeFile(join(folder, 'units', WORKER), workerUnit());
    const hashes = new Map<string, string>();
    for (const name of ['node', 'temporal']) hashes.set(name, await sha256(join(folder, name)));
    const list = [...hashes].map(([name, hash]) => `${name} ${hash}\n`);
    await writeFile(join(folder, PROGRAM_LIST), list.join(''));
    const files = await filesBelow(folder);
    const { bytes, hash } = await digest(folder, files, hashes);
    const { version, nodeVersion: node } = programs;
    return {
      name: `${version}-${hash}`,
      version,
      node,
      machine: machine.uname,
      bytes,
      folder,
      files,
      programs: hashes,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Sorted paths of all files, links followed. */
async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const names = (await readdir(join(folder, below))).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(below, name);
      return (await stat(join(folder, path))).isDirectory() ? filesBelow(folder, path) : [path];
    }),
  );
  return found.flat();
}

async function digest(
  folder: string,
  files: string[],
  known: Map<string, string>,
): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of files) {
    const { size } = await stat(join(folder, file));
    bytes += size;
    hash.update(`${file}\0${known.get(file) ?? (await sha256(join(folder, file)))}\n`);
  }
  return { bytes, hash: hash.digest('hex').slice(0, 12) };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** A kind of machine, as Node and as `uname` name it. */
export interface Machine {
  platform: 'linux';
  arch: 'x64' | 'arm64';
  uname: string;
}

/** By the number in the header of a Linux executable (elf(5), e_machine). */
const MACHINES = new Map<number, Machine>([
  [62, { platform: 'linux', arch: 'x64', uname: 'Linux x86_64' }],
  [183, { platform: 'linux', arch: 'arm64', uname: 'Linux aarch64' }],
]);

/** @throws NotSendable for a file that is not a Linux executable for a known kind of machine */
async function machineOf(file: string): Promise<Machine> {
  const header = Buffer.alloc(20);
  const opened = await open(file, 'r').catch(() => {
    throw new NotSendable(`The program ${file} cannot be read.`);
  });
  try {
    await opened.read(header, 0, header.length, 0);
  } finally {
    await opened.close();
  }
  const isLinux = header.toString('latin1', 1, 4) === 'ELF';
  const machine = isLinux ? MACHINES.get(header.readUInt16LE(18)) : undefined;
  if (machine !== undefined) return machine;
  throw new NotSendable(
    `${file} is not a program for Linux on x86_64 or aarch64. Name one: --node FILE, --temporal FILE.`,
  );
}
