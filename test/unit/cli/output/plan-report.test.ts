import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planMarkdown } from '../../../../src/cli/ci/plan-markdown';
import { type PlanJson, planSchemaText, readPlan } from '../../../../src/cli/output/plan-json';
import { planLines } from '../../../../src/cli/output/plan-report';
import type { HostPlan } from '../../../../src/deployment/plan-report';
import { packageRoot } from '../../../../src/package-root';
import { HOSTILE } from '../../../security/acts-on-nobody';
import { withoutCode } from '../../../security/without-code';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);

const HOST: HostPlan = {
  live: { commit: OLD, running: true, ready: true, why: '' },
  claimedBy: null,
  repairs: [],
  how: 'alongside',
  why: 'with strategy overlap the new release starts alongside the live one, and takes over when it is ready',
  python: 'Python 3.12.4 (/usr/bin/python3.12), by .python-version',
  changes: ['start bbbbbbb alongside', 'switch to bbbbbbb'],
  interruption: null,
  back: 'aaaaaaa',
  unit: {
    changed: true,
    added: 1,
    removed: 1,
    diff: '--- before\n+++ after\n@@ -1 +1 @@\n-    GREETING=***\n+    GREETING=***',
    isCut: false,
    warnings: [],
  },
  refused: [],
  warnings: ['a drop-in runs as root'],
};

const plan = (changes: Partial<PlanJson> = {}): PlanJson => ({
  service: 'shop',
  environment: 'production',
  requested: 'main',
  commit: NEW,
  subject: 'Add a basket',
  facts: ['dependencies: uv.lock'],
  refused: [],
  migration: { command: ['alembic', 'upgrade', 'head'], host: 'web1', each: false },
  comparisons: [
    {
      from: OLD,
      added: { count: 22, newest: [{ commit: NEW, subject: 'Add a basket' }] },
      removed: { count: 0, newest: [] },
      dependencies: {
        changes: [
          { name: 'fastapi', from: '0.115.0', to: '0.116.1' },
          { name: 'httpx', from: null, to: '0.28.1' },
          { name: 'six', from: '1.17.0', to: null },
        ],
        more: 2,
        notCompared: ['flask>=2'],
      },
      problem: null,
    },
  ],
  groups: [{ hosts: ['web1', 'web2'], plan: HOST }],
  wouldBeRefused: false,
  underway: null,
  lastDeploys: [
    { started: '2026-01-01T00:00:00.000Z', seconds: 12.34 },
    { started: '2025-12-31T00:00:00.000Z', seconds: 125 },
  ],
  ...changes,
});

test('a plan tells commits, dependencies, the migration, each host and the time it takes', () => {
  assert.equal(
    planLines(plan()).join('\n'),
    `Plan: bbbbbbb (Add a basket) of shop to production. Nothing is changed by this.

dependencies: uv.lock

Commits since aaaaaaa (22):
  bbbbbbb Add a basket
  and 21 more
Dependencies:
  fastapi 0.115.0 -> 0.116.1
  httpx added, 0.28.1
  six 1.17.0 removed
  and 2 more
  not compared: flask>=2

Migration: alembic upgrade head (once, on web1, before the release phase)

web1, web2 (2 hosts, the same plan):
  live       aaaaaaa, ready
  strategy   with strategy overlap the new release starts alongside the live one, and takes over when it is ready
  python     Python 3.12.4 (/usr/bin/python3.12), by .python-version
  steps      start bbbbbbb alongside; switch to bbbbbbb
  users      notice nothing
  rollback   to aaaaaaa
  unit       +1 −1
    @@ -1 +1 @@
    -    GREETING=***
    +    GREETING=***
  warning    a drop-in runs as root

The last 2 deploys took 12.3 s, 2 min 5 s (newest first, soak included).
Nothing would be refused.`,
  );
});

test('what would be refused stands at its hosts with the advice, and in the last line', () => {
  const problem = {
    type: 'NotReady',
    message: 'shop on web3 is not ready.',
    host: 'web3',
    advice: 'Add --fix-forward.',
  } as const;
  const groups = [
    { hosts: ['web3'], plan: { ...HOST, refused: [problem], unit: null } },
    { hosts: ['web1'], plan: HOST },
  ];
  const text = planLines(plan({ groups, wouldBeRefused: true, lastDeploys: null })).join('\n');
  assert.match(text, /\n {2}REFUSED\. NotReady: shop on web3 is not ready\.\n {4}Add --fix-forward\.\n/);
  assert.match(
    text,
    /\nHow long the last deploys took is not known\.\nThe deploy WOULD BE REFUSED on web3\.$/,
  );
});

test('an interruption, a first repair and a deploy under way are told', () => {
  const interruption = { requests: 'wait', why: 'its address changes' } as const;
  const groups = [{ hosts: ['web1'], plan: { ...HOST, interruption, repairs: ['restore 1-aaaaaaa'] } }];
  const text = planLines(plan({ groups, underway: 'ccccccc, asked for by ada', lastDeploys: [] })).join('\n');
  assert.match(text, /\nweb1:\n/);
  assert.match(text, /\n {2}first {6}restore 1-aaaaaaa\n/);
  assert.match(text, /\n {2}users {6}wait for an answer for a while: its address changes\n/);
  assert.match(text, /Under way: ccccccc, asked for by ada\. What is seen here may be halfway\./);
  assert.match(text, /The engine knows no deploy that succeeded\./);
});

test('a commit that was not found is refused for all hosts', () => {
  const problem = {
    type: 'InvalidInput',
    message: 'no branch main',
    host: null,
    advice: 'Check the ref.',
  } as const;
  const told = { commit: null, subject: null, facts: [], comparisons: [], migration: null };
  const lines = planLines(plan({ ...told, refused: [problem], groups: [], wouldBeRefused: true }));
  assert.match(lines[0] ?? '', /^Plan: main of shop/);
  assert.deepEqual(lines.slice(1, 4), ['', 'REFUSED. InvalidInput: no branch main', '  Check the ref.']);
  assert.equal(lines.at(-1), 'The deploy WOULD BE REFUSED.');
});

test('a result of the engine is read when it has the form of a plan, and not otherwise', () => {
  const { wouldBeRefused: _, underway: __, lastDeploys: ___, ...report } = plan();
  assert.deepEqual(readPlan(JSON.parse(JSON.stringify(report))), report);
  for (const other of [null, {}, [], { ...report, groups: null }, { ...report, refused: [1] }])
    assert.equal(readPlan(other), null);
});

test('the schema in docs is the one of the output; npm run schema writes it', () => {
  assert.equal(readFileSync(join(packageRoot(), 'docs', 'plan.schema.json'), 'utf8'), planSchemaText());
});

test('in the summary of a job the whole plan is code below its verdict, whatever a commit is called', () => {
  for (const subject of HOSTILE) {
    const told = plan({ subject, wouldBeRefused: true });
    const markdown = planMarkdown(told).join('\n');
    assert.equal(withoutCode(`${markdown}\n`).trim(), '### ❌ The deploy would be refused');
    assert.ok(markdown.includes('The deploy WOULD BE REFUSED.'));
  }
  assert.equal(planMarkdown(plan())[0], '### Plan of a deploy');
});
