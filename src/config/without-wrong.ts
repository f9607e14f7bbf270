import type { Finding, Path } from './config-error';
import { fileSchema, type WrittenFile } from './file';
import { shapeFindings } from './shape-problems';

/** Replaces wrong or missing keys at the top, so that the rest can be checked. Never deployed. */
const STAND_IN: WrittenFile = { service: 'service', repository: '/', environments: {} };

/** A map without a removed key may be wrong itself, and so may its parent. The file is not deeper than this. */
const ROUNDS = 5;

/** @returns the file without its wrong parts: the rest has the right shape and can be checked further */
export function withoutWrong(value: unknown, findings: Finding[]): WrittenFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return STAND_IN;
  const rest: object = structuredClone(value);
  let wrong = findings;
  for (let round = 0; round < ROUNDS; round++) {
    // Each path once: a key that is already removed would look like a key that its map lacks.
    const paths = new Map(wrong.map(({ path }) => [JSON.stringify(path), path]));
    for (const path of paths.values()) remove(rest, path);
    const whole = { ...STAND_IN, ...rest };
    const parsed = fileSchema.safeParse(whole);
    if (parsed.success) return parsed.data;
    wrong = shapeFindings(parsed.error.issues, whole);
  }
  return STAND_IN;
}

function remove(root: object, path: Path): void {
  let parent: unknown = root;
  for (const [index, step] of path.entries()) {
    if (typeof parent !== 'object' || parent === null) return;
    if (Array.isArray(parent) && typeof step === 'number') {
      // The wrong host is replaced, so that the hosts after it keep their numbers.
      if (path[index - 1] === 'hosts') parent[step] = `wrong-${step}.invalid`;
      else remove(root, path.slice(0, index));
      return;
    }
    if (index === path.length - 1) {
      // A map that lacks a key is wrong as a whole.
      if (Object.hasOwn(parent, step)) Reflect.deleteProperty(parent, step);
      else if (index > 0) remove(root, path.slice(0, -1));
      return;
    }
    parent = Reflect.get(parent, step);
  }
}
