import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsForm } from '../../../src/config/settings';
import type { Inspection } from '../../../src/deployment/inspection';
import type { Wanted } from '../../../src/deployment/plan/deploy-plan';
import { claimedElsewhere } from '../../../src/deployment/plan/refusals';
import {
  grouped,
  type HostPlan,
  hostPlanOf,
  unexamined,
  unnamedRelease,
  wouldBeRefused,
} from '../../../src/deployment/plan-report';
import { hostTarget, settings } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, NOTHING_DEPLOYED, OLD, OPEN_CLAIM } from '../../harness/inspections';

const COMMIT = 'b'.repeat(40);
const overlap = settings({ strategy: 'overlap' });

function planOf(facts: Inspection, changes: Partial<Wanted> = {}): HostPlan {
  const release = { id: unnamedRelease(COMMIT), commit: COMMIT, standing: false };
  const { bind } = hostTarget('web1');
  const wanted = {
    release,
    settings: settings(),
    bind,
    stopFirst: false,
    startsFirst: false,
    touched: false,
    ...changes,
  };
  return hostPlanOf(facts, wanted, [], { host: 'web1', hosts: ['web1', 'web2'] });
}

test('with strategy overlap users notice nothing', () => {
  const plan = planOf(BESIDE, { settings: overlap });
  assert.deepEqual([plan.how, plan.interruption, plan.back], ['alongside', null, 'aaaaaaa']);
  assert.deepEqual(plan.changes, [
    'start bbbbbbb alongside',
    'switch to bbbbbbb',
    'is bbbbbbb ready from outside',
  ]);
});

test('singletons move after all other changes, on the host that has them', () => {
  const beat = settingsForm.read(
    { strategy: 'overlap', processes: { beat: { command: 'celery -A shop beat', singleton: true } } },
    { service: 'shop' },
  );
  const processes = [{ process: 'beat', release: '1-aaaaaaa', drainsUntil: null }];
  const plan = planOf({ ...BESIDE, processes }, { settings: beat });
  assert.equal(plan.changes.at(-1), 'move beat to bbbbbbb (stopped for a moment)');
});

test('units that run from the live release follow it, unless they are left', () => {
  const facts = { ...BESIDE, dependents: [{ unit: 'shop-jobs.service', release: null }] };
  const follows = (dependentUnits: 'restart' | 'leave') =>
    planOf(facts, { settings: settings({ strategy: 'overlap', dependentUnits }) }).changes.at(-1);
  assert.equal(follows('restart'), 'restart shop-jobs.service, which runs from the live release');
  assert.equal(follows('leave'), 'leave shop-jobs.service with its release (dependentUnits: leave)');
});

test('with strategy restart requests fail meanwhile, and the plan says why', () => {
  const { how, changes, interruption } = planOf(LIVE_AND_READY);
  assert.equal(how, 'restart');
  assert.deepEqual(changes, ['unit of bbbbbbb', 'restart with bbbbbbb', 'is bbbbbbb ready']);
  assert.equal(interruption?.requests, 'fail');
  assert.match(interruption.why, /strategy restart/);
});

test('what makes the old release stop first is told as the interruption', () => {
  const memory = { live: 600 << 20, available: 100 << 20 };
  const short = settings({ strategy: 'overlap', whenMemoryShort: 'restart' });
  const { interruption, changes } = planOf({ ...BESIDE, memory }, { settings: short });
  assert.match(interruption?.why ?? '', /the live one uses 600 MiB, 100 MiB are available/);
  assert.equal(interruption?.requests, 'wait');
  assert.match(changes[0] ?? '', /^stop the old release first/);
  assert.match(planOf(BESIDE, { settings: overlap, stopFirst: true }).changes[0] ?? '', /^--stop-first/);
});

test('a first deploy has nothing to go back to', () => {
  const plan = planOf(NOTHING_DEPLOYED);
  assert.deepEqual([plan.back, plan.live?.commit], ['nothing: no good release is there', null]);
});

test('a release that is live already is only verified', () => {
  const release = { id: OLD, commit: LIVE_AND_READY.liveCommit ?? '', standing: true };
  const plan = planOf(LIVE_AND_READY, { release });
  assert.deepEqual([plan.how, plan.changes, plan.interruption], ['verify', ['is it still ready'], null]);
});

test('an abandoned deploy is repaired first, and its run is named', () => {
  const plan = planOf({ ...LIVE_AND_READY, live: '2-ccccccc', abandoned: true, claim: OPEN_CLAIM });
  assert.equal(plan.claimedBy, 'run-3');
  assert.deepEqual(plan.repairs, [
    'take over the claim of the abandoned deploy, and close it',
    'restore 1-aaaaaaa',
  ]);
});

test('leftovers alone are tidied up, and restore nothing', () => {
  const plan = planOf({ ...LIVE_AND_READY, leftovers: ['/srv/x is half a link'] });
  assert.deepEqual(plan.repairs, ['tidy up that /srv/x is half a link']);
});

test('a claim of another engine is refused unless it is taken over', () => {
  const host = hostTarget('web1');
  const facts = { ...LIVE_AND_READY, claim: { ...OPEN_CLAIM, ours: false } };
  const refused = claimedElsewhere(facts, { host, takeOver: false });
  assert.equal(refused?.type, 'Fenced');
  assert.match(refused.advice, /--take-over/);
  assert.equal(claimedElsewhere(facts, { host, takeOver: true }), null);
  assert.equal(claimedElsewhere({ ...facts, claim: OPEN_CLAIM }, { host, takeOver: false }), null);
});

const web = (number: number) =>
  hostTarget(`web${number}`, { bind: { host: `10.0.0.${number}`, port: 8000 } });

test('hosts with the same plan stand together, those that would refuse before the others', () => {
  const plans = Array.from({ length: 40 }, (_, at) => {
    const warnings = [`web${at + 1} listens on 10.0.0.${at + 1}:8000 with ${at + 1}-aaaaaaa`];
    return { target: web(at + 1), plan: planOf({ ...LIVE_AND_READY, warnings }) };
  });
  const problem = { type: 'NotReady', message: 'web41 is not ready.', host: 'web41', advice: '' } as const;
  const groups = grouped([...plans, { target: web(41), plan: unexamined([problem]) }]);
  assert.deepEqual(
    groups.map(({ hosts }) => [hosts.length, hosts[0]]),
    [
      [1, 'web41'],
      [40, 'web1'],
    ],
  );
  assert.equal(wouldBeRefused({ refused: [], groups }), true);
  assert.equal(wouldBeRefused({ refused: [], groups: groups.slice(1) }), false);
  assert.equal(wouldBeRefused({ refused: [problem], groups: [] }), true);
});

test('hosts whose plans differ in more than their names stay apart', () => {
  const facts = { ...LIVE_AND_READY, why: 'x' };
  const groups = grouped([
    { target: web(1), plan: planOf(facts) },
    { target: web(2), plan: planOf({ ...facts, liveCommit: 'c'.repeat(40) }) },
  ]);
  assert.equal(groups.length, 2);
});

test('the plans of 500 hosts that all differ fit into one message of the engine', () => {
  const plans = Array.from({ length: 500 }, (_, at) => {
    const words = `${'語'.repeat(2_000)} ${at} of ${at}`;
    const problem = { type: 'CommandFailed', message: words, host: `web${at}`, advice: words } as const;
    const unit = { changed: true, added: 1, removed: 1, diff: words, isCut: false, warnings: [] };
    const facts = { ...LIVE_AND_READY, ready: false, why: words };
    const plan = { ...planOf(facts), unit, refused: [problem, problem], warnings: [words, words] };
    return { target: web(at), plan };
  });
  const groups = grouped(plans);
  assert.equal(groups.length, 500);
  assert.ok(groups[0]?.plan.unit !== null, 'the first of them are whole');
  assert.equal(groups[499]?.plan.unit, null);
  assert.ok(Buffer.byteLength(JSON.stringify(groups)) < 1_400_000, 'with room for the comparisons');
});
