import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/package-root';

const root = packageRoot();
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

interface Service {
  image?: string;
  ports?: string[];
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}

const examples = ['deploy.yml', 'plan.yml'];
const example = (name: string) => parse(read('examples', 'github-actions', name));

test('the GitHub Actions examples have few rights, and pass no secret as an argument', () => {
  for (const name of examples) {
    const workflow = example(name);
    assert.deepEqual(workflow.permissions, {});
    const steps: { run?: string; uses?: string; with?: Record<string, string> }[] =
      workflow.jobs.production.steps;
    const [landfall, ...more] = steps.filter((step) => step.uses !== undefined);
    // By a commit: the owner of the name may be another one later.
    assert.match(landfall?.uses ?? '', /^your-organization\/landfall@[0-9a-f]{40}$/);
    assert.match(landfall?.with?.['ssh-key'] ?? '', /^\$\{\{ secrets\.LANDFALL_SSH_KEY \}\}$/);
    assert.deepEqual(more, [], 'no other action sees the key');
    for (const { run = '' } of steps) {
      assert.doesNotMatch(run, /\$\{\{/, 'expressions in a script are an injection');
      assert.doesNotMatch(run, /\bnpx\b|\b(npm|pnpm|yarn) (i|add|install|exec)\b/, run);
    }
  }
});

test('the GitHub Actions example of a deploy is never cancelled by a push', () => {
  assert.equal(example('deploy.yml').concurrency['cancel-in-progress'], false);
});

test('every package is locked with a checksum, at an exact version, and to no registry in particular', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }>;
  };
  const locked = Object.entries(packages).filter(([path]) => path !== '');
  assert.ok(locked.length > 100);
  for (const [path, { integrity, resolved, link }] of locked) {
    assert.match(
      integrity ?? '',
      /^sha512-[A-Za-z0-9+/]{86}==$/,
      `${path} has no checksum in package-lock.json`,
    );
    assert.notEqual(link, true, path);
    // Only the public registry may be named: the address of another one would say where a contributor works.
    if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
  }
  const manifest = JSON.parse(read('package.json')) as Record<string, unknown>;
  assert.equal(manifest.name, 'landfall-deploy', 'landfall belongs to others');
  assert.deepEqual(manifest.publishConfig, { access: 'public', provenance: true });
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const [name, version] of Object.entries(manifest[kind] as Record<string, string>))
      assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is pinned`);
  }
});

test('docker-compose.yml pins its images and publishes nothing beyond the loopback address', () => {
  const compose: { services: Record<string, Service>; networks: object; volumes: object } = parse(
    read('docker-compose.yml'),
  );
  for (const [name, service] of Object.entries(compose.services)) {
    if (name !== 'worker')
      assert.match(service.image ?? '', /:\d+\.\d+(\.\d+)?(-[a-z]+)?(@sha256:[0-9a-f]{64})?$/, name);
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name);
    for (const other of Object.keys(service.depends_on ?? {})) assert.ok(other in compose.services, other);
    for (const network of service.networks ?? []) assert.ok(network in compose.networks, network);
    for (const volume of service.volumes ?? []) {
      // `${NAME:-./folder}`: a folder that a variable may move.
      const [source = ''] = volume.replace(/^\$\{\w+:-([^}]*)\}/, '$1').split(':');
      assert.ok(source.startsWith('./') || source in compose.volumes, volume);
    }
  }
  const keys = compose.services.worker?.volumes?.find((volume) => volume.includes('/.ssh:')) ?? '';
  assert.match(keys, /^\$\{CONTROLLER_FILES:-\.\/controller\}\/ssh:\/home\/node\/\.ssh:ro$/);
});

test('the Dockerfile copies only what .dockerignore lets through, and does not run as root', () => {
  const dockerfile = read('Dockerfile');
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  for (const name of allowed) assert.ok(readable(name), `${name} is in the repository`);
  assert.match(dockerfile, /^USER node$/m);
  const copied = [...dockerfile.matchAll(/^COPY (.*)$/gm)].map((line) => line[1]);
  assert.deepEqual(copied, [
    'package.json package-lock.json ./',
    '. .',
    // The files of an installation, and no others.
    '--from=build /installed /opt/landfall',
  ]);
});

function readable(name: string): boolean {
  try {
    readFileSync(join(root, name));
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EISDIR';
  }
}
