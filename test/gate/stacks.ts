/**
 * The versions of Gunicorn and uvicorn that the gate is tried with, each in a virtual environment of
 * its own. Built from PyPI once, and kept in the cache under a name made of what is in it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../harness/hosts/lock';
import { cacheDirectory } from '../harness/hosts/paths';
import { runOrThrow } from '../harness/hosts/run';

const common = ['h11==0.16.0', 'click==8.1.8', 'typing_extensions==4.15.0'];
const fast = ['httptools==0.7.1', 'uvloop==0.22.1'];

/** By Gunicorn's version, or by another server's; Gunicorn 20.1 needs pkg_resources. */
const REQUIREMENTS = {
  '20.1': ['gunicorn==20.1.0', 'setuptools==75.8.0', 'uvicorn==0.23.2', ...common],
  '21.2': ['gunicorn==21.2.0', 'uvicorn==0.30.6', 'httptools==0.7.1', ...common],
  '23.0': ['gunicorn==23.0.0', 'uvicorn==0.34.3', 'uvicorn-worker==0.3.0', ...fast, ...common],
  '25.0': ['gunicorn==25.0.3', 'uvicorn==0.40.0', 'uvicorn-worker==0.4.0', ...common],
  '27.0': ['gunicorn==27.0.1', 'uvicorn==0.54.0', 'uvicorn-worker==0.4.0', ...fast, ...common],
  'hypercorn 0.14': ['hypercorn==0.14.4', 'wsproto==1.2.0', 'priority==2.0.0', 'h2==4.4.1', ...common],
  'hypercorn 0.18': [
    'hypercorn==0.18.0',
    'wsproto==1.3.2',
    'priority==2.0.0',
    'h2==4.4.1',
    ...fast,
    ...common,
  ],
  'granian 2.5': ['granian==2.5.7', 'click==8.1.8'],
  'granian 2.8': ['granian==2.8.9', 'click==8.1.8'],
} as const;

export type Stack = keyof typeof REQUIREMENTS;

/** One way to serve: a stack, a worker class in it, and the test app that it can serve. */
export interface Way {
  stack: Stack;
  workerClass: string;
  app: 'asgi_app:app' | 'wsgi_app:app';
  /** Worker classes that serve one connection at a time need many workers, threaded ones threads. */
  args: string[];
  /** Without Gunicorn. */
  server?: 'uvicorn' | 'hypercorn' | 'granian';
}

const asgi = (stack: Stack, workerClass: string): Way => ({
  stack,
  workerClass,
  app: 'asgi_app:app',
  args: [],
});
const wsgi = (stack: Stack, workerClass: string, ...args: string[]): Way => ({
  stack,
  workerClass,
  app: 'wsgi_app:app',
  args,
});

export const WAYS: Way[] = [
  asgi('20.1', 'uvicorn.workers.UvicornWorker'),
  wsgi('20.1', 'sync', '--workers', '12'),
  wsgi('20.1', 'gthread', '--threads', '8'),
  asgi('21.2', 'uvicorn.workers.UvicornH11Worker'),
  asgi('21.2', 'uvicorn.workers.UvicornWorker'),
  asgi('23.0', 'uvicorn_worker.UvicornWorker'),
  asgi('25.0', 'uvicorn_worker.UvicornH11Worker'),
  asgi('25.0', 'asgi'),
  wsgi('25.0', 'gthread', '--threads', '8'),
  asgi('27.0', 'uvicorn_worker.UvicornWorker'),
  asgi('27.0', 'asgi'),
  wsgi('27.0', 'sync', '--workers', '12'),
  wsgi('27.0', 'gthread', '--threads', '8'),
];

export function way(workerClass: string, stack: Stack): Way {
  const one = WAYS.find((each) => each.workerClass === workerClass && each.stack === stack);
  if (one === undefined) throw new Error(`no ${workerClass} of ${stack}`);
  return one;
}

export function alone(
  server: 'uvicorn' | 'hypercorn' | 'granian',
  stack: Stack,
  app: Way['app'] = 'asgi_app:app',
): Way {
  return { stack, workerClass: `${server} alone`, app, args: [], server };
}

export const nameOf = (way: Way) =>
  way.server === undefined || way.server === 'uvicorn'
    ? `${way.workerClass} of Gunicorn ${way.stack}`
    : `${way.stack} with ${way.app}`;

const interpreters = new Map<Stack, Promise<string>>();

/** The interpreter of a stack, built if it is not in the cache. Safe to call from several processes at once. */
export function python(stack: Stack, progress: (line: string) => void): Promise<string> {
  const path = interpreters.get(stack) ?? ensure(stack, progress);
  interpreters.set(stack, path);
  return path;
}

/** All of them, so that no test's own time goes by while one is built. */
export async function ensureStacks(progress: (line: string) => void): Promise<void> {
  const stacks = Object.keys(REQUIREMENTS) as Stack[];
  await Promise.all(stacks.map((stack) => python(stack, progress)));
}

async function ensure(stack: Stack, progress: (line: string) => void): Promise<string> {
  const requirements = [...REQUIREMENTS[stack]];
  const interpreter = await runOrThrow('python3', ['-c', 'import sys; print(sys.base_prefix, sys.version)']);
  const name = createHash('sha256')
    .update(JSON.stringify([requirements, interpreter]))
    .digest('hex');
  const root = join(cacheDirectory, 'gate');
  mkdirSync(root, { recursive: true });
  const directory = join(root, name.slice(0, 16));
  const finished = join(directory, 'finished');
  await withLock(`${directory}.lock`, async () => {
    if (!existsSync(finished)) await build(directory, requirements, progress);
    writeFileSync(finished, requirements.join('\n'));
  });
  return join(directory, 'bin', 'python');
}

async function build(
  directory: string,
  requirements: string[],
  progress: (line: string) => void,
): Promise<void> {
  const begun = performance.now();
  progress(`Building a virtual environment with ${requirements.slice(0, 3).join(', ')} ...`);
  rmSync(directory, { recursive: true, force: true });
  await runOrThrow('python3', ['-m', 'venv', directory]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
  await runOrThrow(join(directory, 'bin', 'python'), install, { timeoutSeconds: 300 });
  progress(`  ${directory} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
