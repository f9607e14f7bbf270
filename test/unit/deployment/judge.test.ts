import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CauseName, type Expect, FinalCauses, judge } from '../../../src/deployment/judge';
import { packageRoot } from '../../../src/package-root';

interface Example {
  path?: string;
  secure?: boolean;
  expect?: Expect;
  seen: [status: number, headers: Record<string, string>, body: string];
  /** null: the answer is good; empty: its status alone says it. */
  cause: CauseName | '' | null;
  words?: string;
}

const examples: Example[] = JSON.parse(
  readFileSync(join(packageRoot(), 'host', 'tests', 'judge_examples.json'), 'utf8'),
);

for (const example of examples) {
  const [status, headers, body] = example.seen;
  test(`an answer like ${JSON.stringify(example.seen)} is judged like the gate judges it`, () => {
    const question = {
      path: example.path ?? '/health/ready',
      host: '127.0.0.1:8000',
      secure: example.secure ?? false,
      expect: example.expect ?? null,
    };
    const judged = judge({ status, headers, body }, question);
    const { cause, words } = example;
    const faulty = { good: false, cause: cause === '' ? null : { name: cause, words } };
    assert.deepEqual(judged, cause === null ? { good: true } : faulty);
  });
}

function isOver(...seen: [CauseName | null, number][]): boolean {
  const causes = new FinalCauses();
  for (const [cause, now] of seen) causes.see(cause, now);
  return causes.isOver(seen.at(-1)?.[1] ?? 0);
}

test('final causes end a wait after five answers and three seconds', () => {
  const many = Array.from({ length: 30 }, (_, at): [CauseName, number] => ['host', at * 100]);
  assert.equal(isOver(...many), false);
  assert.equal(isOver(...many, ['route', 3_000]), true);
  assert.equal(isOver(['host', 0], ['host', 1_000], ['host', 9_000], ['host', 10_000]), false);
});

test('final causes begin again after another answer', () => {
  const many = Array.from({ length: 9 }, (_, at): [CauseName, number] => ['host', at * 1_000]);
  for (const other of [null, 'says-not-ready', 'unexpected'] as const)
    assert.equal(isOver(...many, [other, 9_000], ['host', 10_000]), false);
});
