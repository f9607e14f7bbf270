/** The example app for users as commits of a test's repository: a framework and a pool of connections. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';

const EXAMPLE = join(packageRoot(), 'examples', 'fastapi-app');

/** Those that the example app asks for. */
export const requirements = readFileSync(join(EXAMPLE, 'requirements.txt'), 'utf8');

/** The app gives its database more time, so that a busy machine does not make it unready. Requests to /slow last a second. */
export function exampleApp(version: string): Record<string, string> {
  return {
    'main.py': `${changed([
      ['READY_LIMIT_SECONDS = 1.0', 'READY_LIMIT_SECONDS = 10.0'],
      ['VERSION = "1.0.0"', `VERSION = "${version}"`],
    ])}

@app.get("/slow")
async def slow() -> dict[str, str]:
    await asyncio.sleep(1)
    return {"version": VERSION}
`,
    'requirements.txt': requirements,
    'gunicorn.conf.py': '',
  };
}

function changed(changes: [string, string][]): string {
  let text = readFileSync(join(EXAMPLE, 'main.py'), 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`The example app does not say ${from}.`);
    text = text.replace(from, () => to);
  }
  return text;
}
