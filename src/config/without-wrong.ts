import type { Finding, Path } from './config-error';
import { fileSchema, type WrittenFile } from './file';
import { shapeFindings } from './shape-problems';

/** Stands in for what is wrong or missing at the top, so that the rest can be checked. Never deployed. */
const STAND_IN: WrittenFile = { service: 'service', repository: '/', environments: {} };

/** Taking a key away may leave its map without what it needs, and so on upwards: the file's depth. */
const ROUNDS = 5;

/** The file without its wrong parts: what remains is of the right shape and can be checked further. */
export function withoutWrong(value: unknown, findings: Finding[]): WrittenFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return STAND_IN;
  const rest: object = structuredClone(value);
  let wrong = findings;
  for (let round = 0; round < ROUNDS; round++) {
    // Once each: a key that is gone already would look like one that its map lacks.
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
      // A host with a wrong part is none, but the hosts after it keep their numbers.
      if (path[index - 1] === 'hosts') parent[step] = `wrong-${step}.invalid`;
      else remove(root, path.slice(0, index));
      return;
    }
    if (index === path.length - 1) {
      // What a key is missing from is wrong as a whole.
      if (Object.hasOwn(parent, step)) Reflect.deleteProperty(parent, step);
      else if (index > 0) remove(root, path.slice(0, -1));
      return;
    }
    parent = Reflect.get(parent, step);
  }
}
