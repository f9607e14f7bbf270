import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Connection } from '../../../src/ssh/connection';
import type { HostConnections } from '../../../src/ssh/connections';
import { execute } from '../../../src/ssh/execute';
import { startHost, type TestHost } from '../../harness/hosts';
import { connectionsTo, failsWith, targetOf } from './access';

let host: TestHost;
let connections: HostConnections;
let connection: Connection;
before(async () => {
  host = await startHost();
  connections = connectionsTo(host);
  connection = await connections.to(targetOf(host));
});
after(async () => {
  connections.close();
  await host.stop();
});

const sh = (script: string, options = {}) => execute(connection, ['sh', '-c', script], options);

test('exit status, standard output and standard error come back apart', async () => {
  assert.deepEqual(await sh('echo out; echo err >&2; exit 3'), {
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a command that a signal ends has no exit status', async () => {
  const { code, signal } = await sh('kill -KILL $$');
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGKILL' });
});

test('words reach the program as they are', async () => {
  const word = 'a b\'c"d$HOME\n*';
  assert.equal((await execute(connection, ['printf', '%s', word])).stdout, word);
});

test('standard input may be text, bytes or a stream, and is closed behind', async () => {
  const bytes = randomBytes(3_000_000);
  assert.equal((await execute(connection, ['cat'], { stdin: 'text' })).stdout, 'text');
  assert.equal((await execute(connection, ['wc', '-c'], { stdin: bytes })).stdout, '3000000\n');
  const stream = Readable.from([bytes, bytes]);
  assert.equal((await execute(connection, ['wc', '-c'], { stdin: stream })).stdout, '6000000\n');
  assert.equal((await execute(connection, ['cat'])).stdout, '');
});

test('a command that ends without reading its input gives its exit status', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65_536);
    })(),
  );
  assert.equal((await sh('exit 4', { stdin: endless })).code, 4);
  assert.equal((await sh('exit 5', { stdin: randomBytes(3_000_000) })).code, 5);
  assert.equal(endless.destroyed, true);
});

test('an input that breaks off is a failure, not a shorter input', async () => {
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('the archive broke off');
    })(),
  );
  await failsWith(execute(connection, ['cat'], { stdin: broken }), 'OutcomeUnknown', /the archive broke off/);
});

test('more output than the limit is an error, however much more', async () => {
  assert.equal((await sh('head -c 1000 /dev/zero', { outputLimit: 1000 })).stdout.length, 1000);
  await failsWith(
    sh('head -c 1001 /dev/zero', { outputLimit: 1000 }),
    'CommandFailed',
    /more than 1000 bytes/,
  );
  await failsWith(sh('cat /dev/zero'), 'CommandFailed', /web1 answered with more than 2097152 bytes/);
});

test('of a long standard error the end is kept', async () => {
  const { stderr } = await sh('seq 1 50000 >&2');
  assert.equal(stderr.length, 65_536);
  assert.match(stderr, /\n50000\n$/);
});

test('a step that is ended leaves at once, and the outcome is unknown', async () => {
  const cancel = new AbortController();
  const running = sh('sleep 60', { signal: cancel.signal });
  await execute(connection, ['true']);
  cancel.abort();
  await failsWith(running, 'OutcomeUnknown', /No answer from web1: the step was ended/);
  await failsWith(sh('true', { signal: cancel.signal }), 'OutcomeUnknown', /the step was ended/);
});

test('a command that takes too long is left, and the reason is given', async () => {
  await failsWith(sh('sleep 60', { signal: AbortSignal.timeout(100) }), 'OutcomeUnknown', /it took too long/);
});

test('whoever waits for a session can be ended while waiting', async () => {
  const other = connectionsTo(host);
  const busy = await other.to(targetOf(host));
  const running = [1, 2, 3, 4].map(() =>
    execute(busy, ['sleep', '60']).catch((error: Error) => error.message),
  );
  await failsWith(
    execute(busy, ['true'], { signal: AbortSignal.timeout(100) }),
    'OutcomeUnknown',
    /it took too long/,
  );
  other.close();
  assert.match((await Promise.all(running)).join(), /No answer from web1/);
});

test('a session whose server process is killed is an unknown outcome, and the next command connects again', async () => {
  const lost = await connections.to(targetOf(host));
  // The parent of the command is this connection's own sshd.
  await failsWith(
    execute(lost, ['sh', '-c', 'kill -KILL $PPID; sleep 60']),
    'OutcomeUnknown',
    /No answer from web1/,
  );
  connection = await connections.to(targetOf(host));
  assert.notEqual(connection, lost);
  assert.equal((await execute(connection, ['echo', 'again'])).stdout, 'again\n');
});

test('the exit status of two hundred short commands is never lost', async () => {
  for (let each = 0; each < 200; each += 1) assert.equal((await sh(`exit ${each % 7}`)).code, each % 7);
});
