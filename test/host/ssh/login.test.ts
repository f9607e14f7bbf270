import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import { type CallOptions, callHelper, hasFullSudo, installHelper } from '../../../src/host-agent/client';
import type { HostConnections } from '../../../src/ssh/connections';
import { startHost, type TestHost } from '../../harness/hosts';
import { helperSource, policy } from '../landfall-host/service-host';
import { connectionsTo, failsWith, targetOf } from './access';

/** The answer of the stand-in for the helper. */
const FINE = { version: '1.2.3', sha256: 'a'.repeat(64) };

let host: TestHost;
let connections: HostConnections;
before(async () => {
  host = await startHost();
  connections = connectionsTo(host);
  await asRoot(
    `install -D -m 755 /dev/stdin ${HELPER_PATH} <<'END'\n#!/bin/sh\ncat >/dev/null\n` +
      `while [ -e /tmp/hold ]; do sleep 0.05; done\n` +
      `echo '${JSON.stringify({ protocol: PROTOCOL, ok: true, result: FINE })}'\nEND\n` +
      `echo '%deployers ALL=(root) NOPASSWD: ${HELPER_PATH}' >/etc/sudoers.d/landfall\n` +
      'groupadd deployers',
  );
});
after(async () => {
  connections.close();
  await host.stop();
});

const ask = (options?: CallOptions) =>
  callHelper(connections, targetOf(host), 'shop', 'version', {}, options);

async function asRoot(command: string): Promise<void> {
  const ran = await host.root(command);
  assert.equal(ran.code, 0, ran.stderr);
}

/** sshd keeps the shell that it found at the login. */
async function loseConnection(): Promise<void> {
  const connection = await connections.to(targetOf(host));
  connection.client.destroy();
  if (!connection.end.aborted) await once(connection.end, 'abort');
}

test('a user who was put into a group meanwhile has its rights at the next try', async () => {
  await failsWith(ask(), 'SetupNeeded', /password is required/);
  await asRoot('usermod --append --groups deployers deploy');
  assert.deepEqual(await ask(), FINE);
});

test('a user who was given full sudo through a group meanwhile has it at the next try', async () => {
  await asRoot("echo '%admins ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/zz-admins; groupadd admins");
  assert.equal(await hasFullSudo(connections, targetOf(host)), false);
  await asRoot('usermod --append --groups admins deploy');
  assert.equal(await hasFullSudo(connections, targetOf(host)), true);
  await asRoot('gpasswd --delete deploy admins');
});

test('a host whose login is closed says so, and one that is opened again is used without a restart', async () => {
  assert.deepEqual(await ask(), FINE);
  await asRoot('usermod --shell /usr/sbin/nologin deploy');
  await loseConnection();
  const closed = await failsWith(
    ask(),
    'AuthRejected',
    /login of deploy on web1 runs no commands: .*nologin.*account is.*not available/,
  );
  assert.match(closed.details.advice, /usermod --shell.*ssh -p \d+ deploy@/);
  await asRoot('usermod --shell /bin/bash deploy');
  assert.deepEqual(await ask(), FINE);
});

test('what a shell prints that then waits for a person stands in the message, without its escapes', async () => {
  await loseConnection();
  await asRoot(
    `printf '%s\\n' 'printf "\\033[31mAccept the terms?\\033[0m"; read -r answer </dev/zero' >/home/deploy/.bashrc`,
  );
  await failsWith(
    ask({ timeoutMs: 1_500 }),
    'OutcomeUnknown',
    /it took too long\. Until then the host printed: Accept the terms\?$/,
  );
  await asRoot('rm /home/deploy/.bashrc');
  assert.deepEqual(await ask(), FINE);
});

test('a running command on the connection of a failed login continues to its end', async () => {
  await asRoot('touch /tmp/hold');
  const before = await connections.to(targetOf(host));
  const underWay = ask();
  await failsWith(ask({ timeoutMs: 500 }), 'OutcomeUnknown', /it took too long/);
  assert.notEqual(await connections.to(targetOf(host)), before);
  await asRoot('rm /tmp/hold');
  assert.deepEqual(await underWay, FINE);
});

test('a connection that was retired is closed when nothing is asked on it any more', async () => {
  const short = connectionsTo(host, { idleMs: 200 });
  const connection = await short.to(targetOf(host));
  connection.retire();
  assert.notEqual(await short.to(targetOf(host)), connection);
  if (!connection.end.aborted) await once(connection.end, 'abort');
  short.close();
});

test('a step that is cancelled keeps the connection', async () => {
  await asRoot('touch /tmp/hold');
  const before = await connections.to(targetOf(host));
  const signal = AbortSignal.timeout(200);
  await failsWith(ask({ signal }), 'OutcomeUnknown', /No answer from web1/);
  assert.equal(await connections.to(targetOf(host)), before);
  await asRoot('rm /tmp/hold');
});

test('a shell that prints around the answer and changes directory does no harm', async () => {
  await loseConnection();
  await asRoot(`cat >/home/deploy/.bashrc <<'END'\nprintf 'welcome '; cd /tmp; trap 'echo bye' EXIT\nEND`);
  assert.deepEqual(await ask(), FINE);
  await asRoot('rm /home/deploy/.bashrc');
});

test('a forced command is named at once, with its words', async () => {
  await loseConnection();
  await asRoot('sed -i \'s/^/command="echo only backups" /\' /home/deploy/.ssh/authorized_keys');
  await failsWith(ask(), 'AuthRejected', /runs no commands: .*ForceCommand.*It printed: only backups/);
  await asRoot('sed -i \'s/^command="[^"]*" //\' /home/deploy/.ssh/authorized_keys');
  await loseConnection();
});

test('sudo that wants a terminal is asked for none by the rule of the setup, and an administrator is told', async () => {
  await asRoot("echo 'Defaults requiretty' >/etc/sudoers.d/00-tty");
  await failsWith(ask(), 'SetupNeeded', /cannot be run on web1: sudo: .*tty/);
  const asked = installHelper(
    connections,
    targetOf(host),
    { policy, apply: false, authorizedKey: null },
    helperSource,
  );
  const { details } = await failsWith(asked, 'SetupNeeded', /deploy cannot set web1 up: sudo: .*tty/);
  assert.match(details.advice, /Defaults:deploy !requiretty/);
  await asRoot(`echo 'Defaults!${HELPER_PATH} !requiretty' >>/etc/sudoers.d/landfall`);
  assert.deepEqual(await ask(), FINE);
  await asRoot('rm /etc/sudoers.d/00-tty');
  const password = installHelper(
    connections,
    targetOf(host),
    { policy, apply: false, authorizedKey: null },
    helperSource,
  );
  const refused = await failsWith(
    password,
    'SetupNeeded',
    /deploy cannot set web1 up: .*password is required/,
  );
  assert.match(refused.details.advice, /--as root, or let root write/);
});
