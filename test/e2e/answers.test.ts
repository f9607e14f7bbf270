import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { World } from '../harness/world';

/** Answers the readiness question as its environment says: status, header fields, body. */
const APP = `import json, os
ANSWER = json.loads(os.environ.get("ANSWER", '["200 OK", {}, "ready"]'))

def app(environ, start_response):
    status, fields, body = ANSWER if environ["PATH_INFO"] == "/health/ready" else ["200 OK", {}, "live"]
    start_response(status, list(fields.items()))
    return [body.encode()]
`;
/** The command of readiness.check: ready only where a file is, and where the address is told. */
const CHECK = `import os, sys
assert os.environ["LANDFALL_BIND"], os.environ
sys.exit(0 if os.path.exists("/srv/shop/shared/ready") else "the queue is not there")
`;

type Case = [name: string, answer: [string, Record<string, string>, string], message: RegExp, advice: RegExp];

const CASES: Case[] = [
  [
    'a redirect to HTTPS',
    ['301 Moved', { Location: 'https://shop.example.com/health/ready' }, ''],
    /answered 301 to https:\/\/shop\.example\.com\/health\/ready/,
    /readiness: \{ headers: \{ X-Forwarded-Proto: https \} \}/,
  ],
  [
    'a redirect to a login',
    ['302 Found', { Location: '/login?next=/health/ready' }, ''],
    /answered 302 to \/login/,
    /readiness\.path/,
  ],
  [
    'a host that is refused',
    ['400 Bad Request', {}, 'Bad Request (400)'],
    /answered 400: the app refuses the Host /,
    /readiness: \{ headers: \{ Host: shop\.example\.com \} \}/,
  ],
  [
    'no such route',
    ['404 Not Found', {}, 'Not Found'],
    /answered 404: the app has no route GET \/health\/ready/,
    /readiness: \{ path: \/ \}/,
  ],
  [
    'another method',
    ['405 Method Not Allowed', {}, ''],
    /answered 405: the app has no route/,
    /readiness\.path/,
  ],
  [
    'a database that is named',
    ['503 Service Unavailable', {}, '{"database": "connection refused"}'],
    /not ready within 3 s \(readiness\.timeout\): .* answered 503: \{"database": "connection refused"\}/,
    /raise readiness\.timeout, which is 3 s/,
  ],
  [
    'a body that says degraded',
    ['200 OK', {}, '{"status": "degraded"}'],
    /answered 200, but its field status says degraded/,
    /readiness\.expect/,
  ],
];

describe('answers to the readiness question, on a real host', () => {
  let world: World;
  let commit: string;
  const common = { requirements: undefined, gunicorn: { workers: 1, workerClass: 'sync' } };
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    world.configure({ ...common });
    const files = { 'requirements.txt': 'gunicorn\n', 'main.py': APP, 'check.py': CHECK };
    commit = world.repository.commit('app', files);
    const first = await world.deploy(commit);
    assert.equal(first.code, 0, first.output);
  });
  after(() => world?.stop());

  for (const [name, answer, message, advice] of CASES) {
    it(`${name} is named with its key, long before the limit`, async () => {
      const waits = answer[0].startsWith('503') || answer[2].includes('degraded');
      // Longer than this test may take, where waiting repairs nothing.
      const readiness = waits ? { timeout: '3s', requestTimeout: '1s' } : { timeout: '10m' };
      world.configure({ ...common, readiness, env: { ANSWER: JSON.stringify(answer) } });
      const { code, output } = await world.deploy(commit);
      assert.equal(code, 2, output);
      assert.match(output, message);
      assert.match(output, advice);
    });
  }

  it('a command of the project decides before the switch, and after it', async () => {
    const command = ['python', 'check.py'];
    world.configure({
      ...common,
      readiness: { check: { command }, timeout: '9s', requestTimeout: '8s', successes: 2 },
    });
    const bad = await world.deploy(commit);
    assert.equal(bad.code, 2, bad.output);
    assert.match(
      bad.output,
      /not ready within 9 s \(readiness\.timeout\): readiness\.check: the command ended with exit status 1: the queue is not there/,
    );
    assert.match(bad.output, /Repair .* the command of readiness\.check/);
    await world.host.root('touch /srv/shop/shared/ready');
    const good = await world.deploy(commit);
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /ready after \S+ s, 2 answers in a row/);
    const doctor = await world.landfall('doctor', 'shop');
    assert.equal(doctor.code, 0, doctor.output);
  });

  it('a restart rehearses with the same command', async () => {
    const command = ['python', 'check.py'];
    const readiness = { check: { command }, timeout: '9s', requestTimeout: '8s', successes: 2 };
    world.configure({ ...common, strategy: 'restart', rehearse: { timeout: '9s' }, readiness });
    await world.host.root('rm /srv/shop/shared/ready');
    const bad = await world.deploy(commit);
    assert.equal(bad.code, 2, bad.output);
    assert.match(
      bad.output,
      /rehearsal: not ready within 9 s \(rehearse\.timeout\); readiness\.check: the command ended with status 1: the queue is not there/,
    );
    await world.host.root('touch /srv/shop/shared/ready');
    const good = await world.deploy(commit);
    assert.equal(good.code, 0, good.output);
  });
});
