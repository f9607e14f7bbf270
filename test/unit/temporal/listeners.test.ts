import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { listenersOn, ownersIn } from '../../../src/temporal/listeners';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0
   1: 0101007F:1C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 112 1 0 100 0 0 10 0
   2: 0100007F:1C41 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1002        0 113 1 0 20 4 30 10 -1
   3: 00000000:1C42 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 114 1 0 100 0 0 10 0
`;

test("a port's listeners are those that take connections to 127.0.0.1", () => {
  assert.deepEqual(ownersIn(TABLE, 7233), [1000]);
  assert.deepEqual(ownersIn(TABLE, 7234), [0]);
  assert.deepEqual(ownersIn(TABLE, 7235), []);
  const six = TABLE.replace('00000000:1C42', '00000000000000000000000000000000:1C42');
  assert.deepEqual(ownersIn(six, 7234), [0]);
});

test('a port of our own is ours', { skip: process.platform !== 'linux' }, async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    assert.deepEqual(await listenersOn(port), new Set([process.getuid?.()]), host);
  }
});
