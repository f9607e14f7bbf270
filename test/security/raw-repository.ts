/** A repository made of objects that no git would make, and what really lies in a folder or a tree. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Origin } from '../host/git/origin';

/** One entry of a tree; `content` is a blob's, or an object's name. */
export interface Entry {
  name: string | Buffer;
  mode?: string;
  content?: string | Buffer;
  object?: string;
}

/** git in the repository that is deployed, also for objects that no git would make. */
function inOrigin(origin: Origin, args: string[], input: string | Buffer = ''): string {
  return execFileSync('git', ['-C', origin.url, ...args], { input, stdio: 'pipe' })
    .toString()
    .trim();
}

export function treeOf(origin: Origin, entries: Entry[]): string {
  const parts = entries.map(({ name, mode = '100644', content = 'x', object }) =>
    Buffer.concat([
      Buffer.from(`${mode} `),
      Buffer.from(name),
      Buffer.from([0]),
      Buffer.from(object ?? made(origin, 'blob', content), 'hex'),
    ]),
  );
  return made(origin, 'tree', Buffer.concat(parts));
}

/** Makes it the content of `main`, as a user with the right to push may. */
export function pushTree(origin: Origin, tree: string, message: string | Buffer = 'One'): void {
  const who = 'a <a@example.com> 1700000000 +0000';
  const head = Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n`);
  const commit = made(origin, 'commit', Buffer.concat([head, Buffer.from(message)]));
  inOrigin(origin, ['update-ref', 'refs/heads/main', commit]);
}

/** @returns the name of the object, whatever is in it */
function made(origin: Origin, type: string, content: string | Buffer): string {
  return inOrigin(origin, ['hash-object', '-w', '-t', type, '--literally', '--stdin'], content);
}

/** As git names the content of a file. */
function objectOf(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Every file of a folder as git names its content, and every link with where it leads; paths in Latin-1. */
export function contentOf(folder: string, below = Buffer.alloc(0)): string[] {
  const here = Buffer.concat([Buffer.from(`${folder}/`), below]);
  return readdirSync(here, { encoding: 'buffer', withFileTypes: true })
    .flatMap((entry) => {
      const path = Buffer.concat([below, entry.name]);
      const at = Buffer.concat([here, entry.name]);
      if (entry.isDirectory()) return contentOf(folder, Buffer.concat([path, Buffer.from('/')]));
      if (entry.isSymbolicLink())
        return [`120000 ${objectOf(readlinkSync(at, { encoding: 'buffer' }))} ${path.toString('latin1')}`];
      const mode = (lstatSync(at).mode & 0o100) === 0 ? '100644' : '100755';
      return [`${mode} ${objectOf(readFileSync(at))} ${path.toString('latin1')}`];
    })
    .sort();
}

/** The same of the tree, as git has it. Submodules are not files. */
export function contentOfTree(origin: Origin, tree: string): string[] {
  const listed = execFileSync('git', ['-C', origin.url, 'ls-tree', '-r', '-z', tree]).toString('latin1');
  return listed
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const [meta = '', path = ''] = line.split('\t');
      const [mode = '', type, object] = meta.split(' ');
      return type === 'commit' ? '' : `${mode} ${object} ${path}`;
    })
    .filter(Boolean)
    .sort();
}
