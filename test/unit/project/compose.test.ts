import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../../src/package-root';
import { stackVersions } from '../../harness/docker/stack-programs';

const service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()),
});
const read = (file: string): unknown => parse(readFileSync(join(packageRoot(), file), 'utf8'));
const { services, ...rest } = z
  .looseObject({ services: z.record(z.string(), service) })
  .parse(read('docker-compose.yml'));

/** `npm run test:docker` runs the stack; this is found without Docker. */
describe('docker-compose.yml', () => {
  it('publishes every port on loopback alone', () => {
    const ports = Object.values(services).flatMap((one) => one.ports);
    assert.deepEqual(ports, [
      '127.0.0.1:$' + '{TEMPORAL_PORT:-7233}:7233',
      '127.0.0.1:$' + '{TEMPORAL_UI_PORT:-8233}:8080',
    ]);
  });

  it('has secrets in files, and no service gains privileges', () => {
    for (const [name, { environment, security_opt }] of Object.entries(services)) {
      const secrets = Object.keys(environment).filter((key) => /PASSWORD$|PWD$|KEY$|TOKEN$/.test(key));
      assert.deepEqual(secrets, [], name);
      assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
    }
  });

  it('pins every image, and the versions are those that the local images are built from', () => {
    const images = Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image]));
    const { server, ui } = stackVersions();
    assert.deepEqual(images, {
      postgresql: images.postgresql,
      'temporal-schema': `temporalio/admin-tools:${server}`,
      temporal: `temporalio/server:${server}`,
      'temporal-namespace': `temporalio/admin-tools:${server}`,
      'temporal-ui': `temporalio/ui:${ui}`,
      worker: undefined,
    });
    assert.match(images.postgresql ?? '', /^postgres:\d+\.\d+-/);
    assert.equal(services.worker?.build, '.');
  });

  it('has no key that docker-compose 1.29 refuses', () => {
    assert.deepEqual(Object.keys(rest).sort(), ['networks', 'secrets', 'volumes']);
  });

  it('has the services for which there are local images', () => {
    const local = z
      .object({ services: z.record(z.string(), z.strictObject({ image: z.string() })) })
      .parse(read('docker/docker-compose.local.yml'));
    assert.deepEqual(Object.keys(local.services).sort(), Object.keys(services).sort());
  });
});
