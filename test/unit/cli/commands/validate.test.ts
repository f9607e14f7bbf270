import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../../src/package-root';
import { runCommand } from '../../../harness/run-command';

const folder = mkdtempSync(join(tmpdir(), 'landfall-validate-'));
after(() => rmSync(folder, { recursive: true }));

function validate(text: string | null, ...args: string[]) {
  if (text !== null) writeFileSync(join(folder, 'landfall.yaml'), text);
  const client = join(packageRoot(), 'build', 'src', 'client.js');
  const env = { PATH: process.env.PATH, HOME: folder };
  return runCommand(process.execPath, [client, 'validate', ...args], { cwd: folder, env });
}

const TWO_PLACES = `service: shop
repository: git@github.com:acme/platform.git
path: services/shop
app: shop.main:app
migrate: { command: [alembic, upgrade, head] }
processes: { worker: { command: celery -A shop worker } }
environments:
  staging:
    hosts: [staging.example.com]
    strategy: restart
    migrate: false
    readiness: { check: tcp }
  production:
    hosts: [web1.example.com, 'ops@[::1]:2222', { name: web3, address: 10.0.0.13, bind: 'unix:/run/shop.sock' }]
`;

test('a valid file is described, one paragraph for each environment', async () => {
  const { code, output } = await validate(TWO_PLACES);
  assert.equal(
    output,
    `landfall.yaml is valid: service shop of git@github.com:acme/platform.git, folder services/shop
staging: staging.example.com
  shop.service as shop in /srv/shop, listens on 127.0.0.1:8000, strategy restart
  ready: tcp
  processes: worker
production: web1.example.com, ops@[::1]:2222, 10.0.0.13
  shop.service as shop in /srv/shop, listens on 127.0.0.1:8000, unix:/run/shop.sock, strategy overlap
  ready: GET /health/ready
  migration: alembic upgrade head
  processes: worker
`,
  );
  assert.equal(code, 0);
});

test('every problem is reported, and the exit code is 1', async () => {
  const wrong = `${TWO_PLACES}gunicorn: { wrokers: 2 }\nenv: { DATABASE_PASSWORD: hunter2 }\n`;
  const { code, output } = await validate(wrong);
  assert.match(output, /^landfall\.yaml:15:\d+: gunicorn\.wrokers: unknown key; did you mean workers\?$/m);
  assert.match(output, /^landfall\.yaml:16:\d+: env\.DATABASE_PASSWORD: /m);
  assert.doesNotMatch(output, /hunter2/);
  assert.equal(code, 1);
});

test('programs get the same as JSON', async () => {
  const good = JSON.parse((await validate(TWO_PLACES, '--json')).output);
  assert.deepEqual([good.valid, good.problems, good.config.service], [true, [], 'shop']);
  assert.equal(good.config.environments.production.hosts[2].bind, 'unix:/run/shop.sock');
  const bad = await validate('service: Shop\n', '--json');
  const { valid, problems, config } = JSON.parse(bad.output);
  assert.deepEqual([bad.code, valid, config], [1, false, null]);
  assert.deepEqual(
    problems.map(({ key }: { key: string }) => key),
    ['repository', 'environments', 'service'],
  );
});

test('a file that is not there is named, with the way', async () => {
  const { code, output } = await validate(null, '--config', 'other.yaml');
  assert.match(output, /^other\.yaml: there is no such file; /);
  assert.equal(code, 1);
});
