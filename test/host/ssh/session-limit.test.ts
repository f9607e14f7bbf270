import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HostConnections } from '../../../src/ssh/connections';
import { execute } from '../../../src/ssh/execute';
import { startHost, type TestHost } from '../../harness/hosts';
import { connectionsTo, failsWith, targetOf } from './access';

let host: TestHost;
let connections: HostConnections;
before(async () => {
  host = await startHost({ sshd: 'MaxSessions 1' });
  connections = connectionsTo(host);
});
after(async () => {
  connections.close();
  await host.stop();
});

test('commands that come together wait for the only session of a connection', async () => {
  const connection = await connections.to(targetOf(host));
  const ran = await Promise.all(
    [0, 1, 2, 3, 4].map((each) => execute(connection, ['sh', '-c', `exit ${each}`])),
  );
  assert.deepEqual(
    ran.map(({ code }) => code),
    [0, 1, 2, 3, 4],
  );
});

test('commands one after the other do not meet the one before', async () => {
  const connection = await connections.to(targetOf(host));
  for (let each = 0; each < 100; each += 1) assert.equal((await execute(connection, ['true'])).code, 0);
});

test('a command that was left still holds the session: the next one waits for its end', async () => {
  const connection = await connections.to(targetOf(host));
  const left = execute(connection, ['sh', '-c', 'sleep 1'], { signal: AbortSignal.timeout(200) });
  await failsWith(left, 'OutcomeUnknown', /it took too long/);
  assert.equal((await execute(connection, ['echo', 'next'])).stdout, 'next\n');
});

test('a session that never becomes free is said to be the reason; nothing was started', async () => {
  const connection = await connections.to(targetOf(host));
  const leave = new AbortController();
  const left = execute(connection, ['sleep', '60'], { signal: leave.signal });
  // Left before it has begun, it would hold nothing.
  await host.root("until pgrep -x -f 'sleep 60'; do sleep 0.01; done");
  leave.abort();
  await failsWith(left, 'OutcomeUnknown', /the step was ended/);
  const { details } = await failsWith(
    execute(connection, ['true']),
    'HostUnreachable',
    /SSH server of web1 opens no session/,
  );
  assert.match(details.advice, /MaxSessions/);
});
