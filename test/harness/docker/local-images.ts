/**
 * Images of this machine for the services of docker-compose.yml, where no registry is reached. Each is Debian, from
 * the base of the test hosts, with the programs of the published image. `npm run docker:images` makes them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, linkSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { ensureTemporal } from '../engine/build-temporal';
import { ensureBase } from '../hosts';
import { Docker } from './docker';
import { ensureStackPrograms } from './stack-programs';

const DEBIAN = 'landfall-local/debian';
/** The files of each image, from the folder of the local images or from this machine. */
const IMAGES = {
  node: ['node', 'npm', 'ca-certificates.crt'],
  postgres: ['postgres-entrypoint.sh'],
  'temporal-server': ['temporal-server', 'nc', 'temporal-entrypoint.sh'],
  'temporal-admin-tools': ['temporal', 'temporal-sql-tool', 'schema'],
  'temporal-ui': ['ui-server', 'ui-config.yaml'],
} as const;

export const HOST_IMAGE = 'landfall-local/host';

/** Debian with the packages of the test hosts. Safe to run twice. */
export async function importDebian(docker: Docker, say: (line: string) => void): Promise<string> {
  const base = await ensureBase(say);
  const image = `${DEBIAN}:${base.slice(-12)}`;
  if ((await docker.try('image', 'inspect', image)).code === 0) return image;
  say(`Importing the base of the test hosts as ${image}.`);
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const tree = spawn('tar', ['-C', base, '--numeric-owner', '--exclude=./dev/*', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const taken = spawn('docker', ['import', '--change', `ENV PATH=${path}`, '-', image], {
    env: docker.env,
    stdio: [tree.stdout, 'ignore', 'inherit'],
  });
  const [code] = await once(taken, 'close');
  if (code !== 0) throw new Error(`docker import ended with ${code}`);
  return image;
}

/** All images that docker/docker-compose.local.yml names, the worker's by the Dockerfile of a release. */
export async function makeLocalImages(docker: Docker, say: (line: string) => void): Promise<void> {
  const debian = await importDebian(docker, say);
  const sources = await sourcesOf(say);
  for (const [name, parts] of Object.entries(IMAGES)) {
    say(`Building landfall-local/${name}.`);
    const context = mkdtempSync(join(tmpdir(), 'landfall-image-'));
    try {
      put(sources(`${name}.Dockerfile`), join(context, 'Dockerfile'));
      for (const part of parts) put(sources(part), join(context, part));
      await docker.run(
        ...['build', '--build-arg', `DEBIAN=${debian}`, '--tag', `landfall-local/${name}`, context],
      );
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  }
  say('Building landfall-local/worker from the Dockerfile: npm ci, the build, and a package of Debian.');
  await docker.run(
    ...['build', '--network', 'host', '--build-arg', 'NODE_IMAGE=landfall-local/node'],
    ...['--tag', 'landfall-local/worker', packageRoot()],
  );
}

/**
 * A host with systemd in a container; docs: docker/host/Dockerfile.
 * @param debian the image that it begins with; null: debian:12 of the registry
 */
export async function makeHostImage(
  docker: Docker,
  debian: string | null,
  image = HOST_IMAGE,
): Promise<void> {
  const context = join(packageRoot(), 'docker', 'host');
  // A daemon without the registry's image may have no network for builds either.
  const from = debian === null ? [] : ['--network', 'host', '--build-arg', `DEBIAN=${debian}`];
  await docker.run('build', ...from, '--tag', image, context);
}

/** Where each of them lies: what is made on this machine, or a file of `docker/local`. */
async function sourcesOf(say: (line: string) => void): Promise<(name: string) => string> {
  const made: Record<string, string> = {
    ...(await ensureStackPrograms(say)),
    temporal: await ensureTemporal(say),
    node: process.execPath,
    npm: npmFolder(),
    'ca-certificates.crt': '/etc/ssl/certs/ca-certificates.crt',
  };
  return (name) => made[name] ?? join(packageRoot(), 'docker', 'local', name);
}

/** Programs of hundreds of megabytes are linked where the disk is the same. */
function put(from: string, to: string): void {
  const file = realpathSync(from);
  if (statSync(file).isDirectory()) {
    cpSync(file, to, { recursive: true, dereference: true });
    return;
  }
  try {
    linkSync(file, to);
  } catch {
    copyFileSync(file, to);
  }
}

function npmFolder(): string {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error('Start this with npm: npm run docker:images');
  return dirname(dirname(realpathSync(npm)));
}

if (require.main === module) {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  makeLocalImages(Docker.ofMachine(), say).catch((error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
