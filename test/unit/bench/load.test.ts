import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Load, type LoadReport, now, type Rates } from '../../../bench/load';

const PATHS = { quick: '/quick', slow: '/slow' };

let load: Load;
let server: Server;

before(async () => {
  load = await Load.begin();
});
after(() => load.end());

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The report of the load on a service during some work on it. */
async function met(
  answer: RequestListener,
  rates: Rates,
  happening: () => Promise<void>,
): Promise<LoadReport & { seconds: number }> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const begun = once(server, 'request');
  load.start({ host: '127.0.0.1', port, paths: PATHS }, rates);
  // Due requests are counted from the start of the other process.
  await begun;
  await delay(200);
  const from = now();
  await happening();
  const to = now();
  const report = await load.report({ from, to });
  await load.stop();
  return { ...report, seconds: (to - from) / 1000 };
}

const says =
  (version: string): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ version }));

test('as many requests are sent as were asked for', async () => {
  const report = await met(says('1'), { fresh: 40, kept: 40, slow: 20 }, () => delay(1_500));
  assert.deepEqual(report.failures, {});
  // Settled beforehand, so that not one is missing however busy this machine is.
  const { fresh, kept, slow } = report.kinds;
  for (const [sent, rate] of [
    [fresh.requests, 40],
    [kept.requests, 40],
    [slow.requests, 20],
  ] as const) {
    assert.ok(
      Math.abs(sent - rate * report.seconds) <= 1,
      `${sent} in ${report.seconds} s at ${rate} a second`,
    );
  }
  assert.deepEqual(report.versions, { 1: report.requests });
});

test('everybody who comes while the service stalls is charged to it', async () => {
  const stallMs = 400;
  const report = await met(says('1'), { fresh: 50, kept: 50, slow: 1 }, async () => {
    await delay(200);
    const until = now() + stallMs;
    while (now() < until);
    // Longer than the stall, so that most of the requests come outside of it.
    await delay(800);
  });
  assert.equal(report.failed, 0);
  assert.ok(report.requests >= 70, `${report.requests} were sent all the same`);
  assert.ok((report.worstMs ?? 0) >= stallMs * 0.9, `worst: ${report.worstMs} ms`);
  assert.ok(report.outageMs >= stallMs * 0.9, `outage: ${report.outageMs} ms`);
  // Fewer than half of the requests came in the stall.
  assert.ok((report.medianMs ?? 0) < stallMs / 2, `median: ${report.medianMs} ms`);
});

test('a kept connection that is reset fails its request, which is not sent again', async () => {
  let resets = 0;
  let asked = 0;
  const report = await met(
    (request, response) => {
      asked += 1;
      if (request.url === PATHS.quick && asked % 10 === 0) {
        resets += 1;
        request.socket.resetAndDestroy();
      } else says('1')(request, response);
    },
    { fresh: 1, kept: 100, slow: 1 },
    () => delay(500),
  );
  assert.ok(resets > 2);
  assert.ok(report.kinds.kept.failed > 2 && report.kinds.kept.failed <= resets);
  assert.equal(report.failures.ECONNRESET, report.failed);
});

test('an answer that says no is a failure, and tells which release gave it', async () => {
  const report = await met(
    (_, response) => response.writeHead(503).end('{"version":"bad"}'),
    { fresh: 50, kept: 50, slow: 1 },
    () => delay(300),
  );
  assert.equal(report.failed, report.requests);
  assert.deepEqual(report.failures, { 503: report.requests });
  assert.deepEqual(report.versions, { bad: report.requests });
  assert.ok(report.outageMs >= 300 * 0.9, `outage: ${report.outageMs} ms`);
});

test('a connection that the service announces to close is not used again', async () => {
  const ports = new Set<number | undefined>();
  let asked = 0;
  const report = await met(
    (request, response) => {
      asked += 1;
      ports.add(request.socket.remotePort);
      response.writeHead(200, { connection: 'close' }).end('{"version":"1"}');
    },
    { fresh: 1, kept: 50, slow: 1 },
    () => delay(300),
  );
  assert.equal(report.failed, 0);
  assert.equal(ports.size, asked);
});
