import { posix } from 'node:path';

/** The rooms of `src/`, the lowest layer first. A room imports from lower layers alone. */
export const LAYERS = [
  ['contract', 'package-root', 'text', 'timing'],
  ['config', 'package'],
  ['deployment'],
  ['git', 'output', 'ssh'],
  ['controller'],
  ['host-agent', 'http', 'init'],
  ['activities', 'adopt'],
  ['temporal', 'workflows'],
  ['worker'],
  ['cli'],
  ['client', 'installed'],
];

/** The only file outside of `src/` that `src/` imports, and its only reader. */
const CONTRACT = { file: 'host/contract.json', reader: 'contract' };

export interface Fault {
  line: number;
  /** The imported file, and why the import is wrong. */
  found: string;
}

/**
 * The imports of a file that go against the layers. Pure.
 * @param file its path from the root of the project, `src/git/mirrors.ts`
 */
export function importsAgainstLayers(file: string, source: string): Fault[] {
  const room = roomOf(file);
  const layer = layerOf(room);
  if (layer < 0) return [{ line: 1, found: `${room} has no layer` }];
  return importsOf(source).flatMap(({ line, path }) => {
    const target = posix.join(posix.dirname(file), path);
    const other = roomOf(target);
    if (target === CONTRACT.file && room === CONTRACT.reader) return [];
    if (!target.startsWith('src/')) return [{ line, found: `imports ${target}, which is not in src/` }];
    if (other === room || (layerOf(other) >= 0 && layerOf(other) < layer)) return [];
    return [{ line, found: `imports ${target}, but the layer of ${other} is not below that of ${room}` }];
  });
}

/** `src/git/mirrors.ts` is in the room `git`; `src/worker.ts` is a room. */
function roomOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room));
}

/** Imports of types count: they tie rooms together just as well. */
function importsOf(source: string): { line: number; path: string }[] {
  return [...source.matchAll(/\b(?:from|import|require)\s*\(?\s*'(\.[^']*)'/g)].map(
    ({ 0: all, 1: path = '', index }) => ({
      line: source.slice(0, index + all.length).split('\n').length,
      path,
    }),
  );
}
