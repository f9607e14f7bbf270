import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';

type Files = Record<string, string>;

/** The example app with another version number. */
export function withVersion(version: string): Files {
  return changed([['VERSION = "1.0.0"', `VERSION = "${version}"`]]);
}

/** Imports and starts, but asks a database where none is: `/health/ready` answers 503. */
export function unreachableDatabase(version: string): Files {
  return changed([
    ['VERSION = "1.0.0"', `VERSION = "${version}"`],
    ['os.environ["DATABASE_URL"]', '"postgresql://shop@127.0.0.1:1/shop"'],
  ]);
}

/** Ready at first, but gives no database connection back: after some questions none is left. */
export function leaksConnections(version: string): Files {
  return changed([
    ['VERSION = "1.0.0"', `VERSION = "${version}"`],
    ['        await pool.release(connection)', '        pass'],
  ]);
}

function changed(changes: [from: string, to: string][]): Files {
  let text = readFileSync(join(packageRoot(), 'examples', 'fastapi-app', 'main.py'), 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the example app no longer says: ${from}`);
    text = text.replace(from, to);
  }
  return { 'main.py': text };
}
