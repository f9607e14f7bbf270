import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import { type CallOptions, callHelper, hasFullSudo, installHelper } from '../../../src/host-agent/client';
import type { HostConnections } from '../../../src/ssh/connections';
import { startHost, type TestHost } from '../../harness/hosts';
import { helperSource, policy } from '../landfall-host/service-host';
import { connectionsTo, failsWith, targetOf } from './access';

let host: TestHost;
let connections: HostConnections;
before(async () => {
  host = await startHost();
  connections = connectionsTo(host);
});
after(async () => {
  connections.close();
  await host.stop();
});

const root = () => targetOf(host, { user: 'root' });
const observe = (options?: CallOptions) =>
  callHelper(connections, targetOf(host), 'shop', 'observe', { address: null }, options);

const version = (options?: CallOptions) =>
  callHelper(connections, targetOf(host), 'shop', 'version', {}, options);

/** Puts a shell script in the helper's place: what a helper may say on a bad day. */
async function helperIs(script: string): Promise<void> {
  const ran = await host.root(
    `install -D -m 755 /dev/stdin ${HELPER_PATH} <<'END'\n#!/bin/sh\n${script}\nEND\n` +
      `echo 'deploy ALL=(root) NOPASSWD: ${HELPER_PATH}' >/etc/sudoers.d/landfall`,
  );
  assert.equal(ran.code, 0, ran.stderr);
}

const answers = (answer: unknown) =>
  helperIs(`cat >/dev/null; cat <<'ANSWER'\n${JSON.stringify(answer)}\nANSWER`);
const refuses = (type: string, more = {}) =>
  answers({ protocol: PROTOCOL, ok: false, error: { type, message: 'the reason', ...more } });

test('a host without a setup says which command does it', async () => {
  const asDeploy = await failsWith(observe(), 'SetupNeeded', /cannot be run on web1: .*password is required/);
  assert.match(asDeploy.details.advice, /landfall setup web1/);
  const asRoot = callHelper(connections, root(), 'shop', 'observe', { address: null });
  await failsWith(asRoot, 'SetupNeeded', /cannot be run on web1: .*No such file/);
});

test('a setup that is taken out again is needed again', async () => {
  await helperIs('exit 0');
  await host.root(`rm ${HELPER_PATH}`);
  await failsWith(observe(), 'SetupNeeded', /command not found/);
});

test('a host without sudo needs its setup', async () => {
  await host.root('mv /usr/bin/sudo /usr/bin/sudo.away');
  try {
    await failsWith(observe(), 'SetupNeeded', /sudo: (command )?not found/);
  } finally {
    await host.root('mv /usr/bin/sudo.away /usr/bin/sudo');
  }
});

test('the request is one line of JSON, and the result is given back', async () => {
  await helperIs(`exec python3 -c '
import json, sys
said = [sys.stdin.readline(), str(len(sys.stdin.read()))]
print(json.dumps({"protocol": ${PROTOCOL}, "ok": True, "result": {"stopping": [], "pruned": said}}))'`);
  const claim = { fence: 1, run: 'r', seq: 1, attempt: 1 };
  const request = { claim, release: '1-aaaaaaa', keep: 5, outcome: 'deployed' };
  const { pruned, ...more } = await callHelper(connections, targetOf(host), 'shop', 'mark-good', request);
  assert.deepEqual(JSON.parse(pruned[0] ?? ''), {
    protocol: PROTOCOL,
    verb: 'mark-good',
    service: 'shop',
    ...request,
  });
  assert.equal(pruned[1], '0');
  assert.deepEqual(more, {}, 'unknown fields are left out');
});

test('a payload follows the line, whole, and its progress is told', async () => {
  await helperIs(
    `read -r line; printf '{"protocol":${PROTOCOL},"ok":true,"result":{"version":"0","sha256":"%s"}}\\n' "$(sha256sum | cut -c1-64)"`,
  );
  const sum = createHash('sha256');
  const chunks = [Buffer.alloc(100_000, 'a'), Buffer.alloc(2_500_000, 'b')];
  for (const chunk of chunks) sum.update(chunk);
  const expected = sum.digest('hex');
  const sent: number[] = [];
  assert.equal(
    (await version({ payload: () => Readable.from(chunks), onProgress: (bytes) => sent.push(bytes) })).sha256,
    expected,
  );
  assert.deepEqual(sent, [100_000, 2_600_000]);
});

test('a payload that breaks off, or cannot even be opened, is an unknown outcome and leaves nothing open', async () => {
  await helperIs('cat >/dev/null');
  const absent = () => createReadStream('/nowhere/archive');
  await failsWith(observe({ payload: absent }), 'OutcomeUnknown', /no such file/);
  const closed: Promise<unknown>[] = [];
  const endless = () => {
    const stream = createReadStream('/dev/zero');
    // Not `once`: a stream that is left early closes with an AbortError.
    closed.push(new Promise((resolve) => stream.on('close', () => resolve(null))));
    return stream;
  };
  // The channel opens once the host has begun the command, which may take a moment.
  await failsWith(observe({ payload: endless, timeoutMs: 2_000 }), 'OutcomeUnknown', /it took too long/);
  assert.equal(closed.length, 1);
  await Promise.all(closed);
});

test('a payload is not opened for a host that cannot be reached', async () => {
  const opened = (): Readable => assert.fail('the archive was opened');
  const call = callHelper(
    connections,
    targetOf(host, { port: 1 }),
    'shop',
    'observe',
    { address: null },
    { payload: opened },
  );
  await failsWith(call, 'HostUnreachable', /refused/);
});

test('what the helper refuses keeps its kind, names the host and carries the output', async () => {
  await refuses('InvalidInput');
  await failsWith(observe(), 'InvalidInput', /^web1: the reason$/);
  await refuses('Fenced');
  await failsWith(observe(), 'Fenced', /^web1: the reason$/);
  await refuses('SetupNeeded');
  await failsWith(observe(), 'SetupNeeded', /^web1: the reason$/);
  await refuses('CommandFailed', { output: 'the end of its output' });
  const { details } = await failsWith(observe(), 'CommandFailed', /^web1: the reason$/);
  assert.equal(details.evidence?.output, 'the end of its output');
});

test('a full disk is a failure of its own words; a busy helper is asked again', async () => {
  await refuses('NoSpace');
  const { details } = await failsWith(observe(), 'CommandFailed', /^web1: the reason$/);
  assert.match(details.advice, /Free space/);
  await refuses('Busy');
  await failsWith(observe(), 'OutcomeUnknown', /^web1: the reason$/);
});

test('a kind of refusal that this version does not know is still a refusal', async () => {
  await refuses('SomethingNew');
  await failsWith(observe(), 'CommandFailed', /^web1: the reason$/);
});

test('a helper of another protocol must be set up again', async () => {
  await answers({ protocol: PROTOCOL + 1, ok: true, result: {} });
  await failsWith(observe(), 'SetupNeeded', /web1 speaks protocol \d+, not \d+/);
});

test('what a login shell prints before the answer does not spoil it', async () => {
  await helperIs(
    `cat >/dev/null; echo 'Welcome!'; echo '{"protocol":${PROTOCOL},"ok":true,"result":{"version":"fine","sha256":"${'0'.repeat(64)}"}}'`,
  );
  assert.equal((await version()).version, 'fine');
});

test('no answer, half an answer and a killed helper are unknown outcomes', async () => {
  await helperIs('exit 0');
  await failsWith(observe(), 'OutcomeUnknown', /web1 gave no answer \(exit status 0\)/);
  await helperIs(`printf '{"protocol":${PROTOCOL},"ok":tr'; exit 0`);
  await failsWith(observe(), 'OutcomeUnknown', /web1 gave no answer/);
  await helperIs('echo "Traceback: No such file or directory" >&2; exit 1');
  await failsWith(observe(), 'OutcomeUnknown', /web1 gave no answer \(exit status 1\): Traceback/);
  await helperIs('kill -KILL $$');
  await failsWith(observe(), 'OutcomeUnknown', /web1 gave no answer/);
});

test('an answer that takes too long is not waited for', async () => {
  await helperIs('sleep 60');
  await failsWith(observe({ timeoutMs: 200 }), 'OutcomeUnknown', /No answer from web1: it took too long/);
});

test('only a user with full sudo is said to have it', async () => {
  await helperIs('exit 0');
  assert.equal(await hasFullSudo(connections, targetOf(host)), false);
  assert.equal(await hasFullSudo(connections, root()), true);
  await host.root("echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/zz-deploy");
  assert.equal(await hasFullSudo(connections, targetOf(host)), true);
});

test('with full sudo the real helper is installed over the connection, and then answers', async () => {
  await host.root(`rm ${HELPER_PATH} /etc/sudoers.d/landfall`);
  await host.root("echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/zz-deploy");
  const request = { policy, apply: true, authorizedKey: null };
  const first = await installHelper(connections, targetOf(host), request, helperSource);
  assert.equal(first.changed, true);
  const second = await installHelper(connections, targetOf(host), request, helperSource);
  assert.equal(second.changed, false);
  await host.root('rm /etc/sudoers.d/zz-deploy');
  const unit = await observe();
  assert.equal(unit.unit, 'shop.service');
  const other = callHelper(connections, targetOf(host), 'other', 'observe', { address: null });
  await failsWith(other, 'SetupNeeded', /web1/);
});

test('setting up without the rights to is refused', async () => {
  const request = { policy, apply: true, authorizedKey: null };
  await host.root('rm -f /etc/sudoers.d/zz-deploy');
  await failsWith(installHelper(connections, targetOf(host), request, helperSource), 'SetupNeeded', /web1/);
});
