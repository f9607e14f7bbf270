import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportOn } from '../../../bench/load/report';
import type { Answered } from '../../../bench/load/request';

const WINDOW = { from: 1000, to: 2000 };

/** A quick, good answer 5 ms after it was due. */
function answered(due: number, changes: Partial<Answered> = {}): Answered {
  return {
    kind: 'fresh',
    due,
    sent: due,
    ended: due + 5,
    ok: true,
    outcome: '200',
    version: '1',
    ...changes,
  };
}

const every = (step: number, from: number, to: number) =>
  Array.from({ length: (to - from) / step }, (_, index) => answered(from + index * step));

test('requests due before or after the window are not counted', () => {
  const report = reportOn([answered(999), answered(1000), answered(1999), answered(2000)], WINDOW);
  assert.equal(report.requests, 2);
});

test('latency counts from when a request was due, not from when it was sent', () => {
  const report = reportOn([answered(1500, { sent: 1590, ended: 1600 })], WINDOW);
  assert.equal(report.worstMs, 100);
  assert.equal(report.worstLagMs, 90);
});

test('an outage is the longest time without a good answer', () => {
  const report = reportOn([...every(10, 900, 1300), ...every(10, 1700, 2000)], WINDOW);
  assert.equal(report.outageMs, 1705 - 1295);
});

test('an outage that began before the window, or outlasts it, is seen', () => {
  assert.equal(reportOn([answered(895), ...every(10, 1500, 2000)], WINDOW).outageMs, 605);
  assert.equal(reportOn(every(10, 900, 1400), WINDOW).outageMs, 2000 - 1395);
});

test('bad answers and slow requests do not end an outage', () => {
  const others = [answered(1500, { ok: false, outcome: '500' }), answered(1500, { kind: 'slow' })];
  const report = reportOn([...every(10, 900, 1300), ...others, ...every(10, 1700, 2000)], WINDOW);
  assert.equal(report.outageMs, 410);
});

test('slow requests can fail, and have no part in the worst latency', () => {
  const report = reportOn(
    [
      answered(1100, { kind: 'slow', ended: 2150 }),
      answered(1200, { kind: 'slow', ok: false, outcome: 'ECONNRESET', version: null }),
      answered(1300),
    ],
    WINDOW,
  );
  assert.equal(report.worstMs, 5);
  assert.deepEqual(report.kinds.slow, { requests: 2, failed: 1, worstMs: 1050 });
  assert.deepEqual(report.failures, { ECONNRESET: 1 });
});

test('bad answers are put down to the release that gave them', () => {
  const report = reportOn(
    [answered(1100), answered(1200, { ok: false, outcome: '500', version: '2' })],
    WINDOW,
  );
  assert.deepEqual(report.versions, { 1: 1, 2: 1 });
});
