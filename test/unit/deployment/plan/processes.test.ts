/** The processes of a release in the plans of a deploy, of its undo, and of a restore. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServiceSettings, settingsForm } from '../../../../src/config/settings';
import type { FoundProcess, Inspection } from '../../../../src/deployment/inspection';
import { planDeploy } from '../../../../src/deployment/plan/deploy-plan';
import { planRestore } from '../../../../src/deployment/plan/restore-plan';
import { moveInWords, singletonMove } from '../../../../src/deployment/plan/singletons';
import { hostTarget } from '../../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, NOTHING_DEPLOYED, OLD, probe } from '../../../harness/inspections';
import { changeInShort, stepInShort } from './in-short';

const NEW = '2-0123456';
const release = { id: NEW, commit: '0123456'.padEnd(40, '0'), standing: false };
const { bind } = hostTarget('web1');

type Written = Record<string, object>;

const WORKER: Written = { worker: { command: 'celery -A shop worker', drain: '6h' } };
const MAILER: Written = { mailer: { command: ['python', '-m', 'shop.mailer'] } };
const HOURLY: Written = {
  hourly: { command: 'python -m shop.hourly', schedule: 'hourly', singleton: false },
};
const BEAT: Written = { beat: { command: 'celery -A shop beat', singleton: true } };
const NIGHTLY: Written = { nightly: { command: 'python -m shop.cleanup', schedule: '*-*-* 03:00' } };
const THREE: Written = { ...WORKER, ...MAILER, ...HOURLY };

function withProcesses(processes: Written, strategy: ServiceSettings['strategy'] = 'overlap') {
  return settingsForm.read({ strategy, processes } as never, { service: 'shop' });
}

/** A host whose live release has these processes, which run. */
function having(
  facts: Inspection,
  processes: Written,
  found: FoundProcess[] = runningOf(processes),
): Inspection {
  const probes = { ...facts.probes, live: probe({ settings: withProcesses(processes) }) };
  return { ...facts, probes, ...(found.length > 0 && { processes: found }) };
}

function runningOf(processes: Written, of = OLD): FoundProcess[] {
  return Object.keys(processes).map((process) => ({ process, release: of, drainsUntil: null }));
}

interface Row {
  facts: Inspection;
  settings: ServiceSettings;
  /** `touched` for an operator who goes forward from a rollback. */
  touched?: boolean;
  stopFirst?: boolean;
  changes: string[];
}

const BACK = `startRelease ${OLD} at 8000, switchRelease ${OLD}, awaitReady ${OLD} at 8000`;
const ENDED = `removeInstance ${NEW}`;
const UNIT_BACK = `restoreUnit before; restart ${OLD}, awaitReady ${OLD} at 8000`;
const RESTARTS = '[requests fail: with strategy restart the old process ends before the new one starts]';
const WORKS = `startProcesses worker of ${OLD}, switchProcesses worker of ${OLD}`;

const ROWS: Record<string, Row> = {
  'without processes nothing is done about them': {
    facts: BESIDE,
    settings: withProcesses({}),
    changes: [
      `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${ENDED}`,
    ],
  },
  'a worker starts when the web server has proven itself, and the old one finishes after the switchover': {
    facts: having(BESIDE, WORKER),
    settings: withProcesses(WORKER),
    changes: [
      `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
      `startProcesses worker of ${NEW} <- ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! switchProcesses worker of ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${WORKS}; ${ENDED}`,
    ],
  },
  'three processes take no further step; a timer is only switched': {
    facts: having(BESIDE, THREE),
    settings: withProcesses(THREE),
    changes: (() => {
      const works = `startProcesses worker+mailer of ${OLD}, switchProcesses hourly+mailer+worker of ${OLD}`;
      return [
        `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
        `startProcesses worker+mailer of ${NEW} <- ${ENDED}`,
        `! switchRelease ${NEW} <- ${BACK}; ${works}; ${ENDED}`,
        `! switchProcesses hourly+mailer+worker of ${NEW} <- ${BACK}; ${works}; ${ENDED}`,
        `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${works}; ${ENDED}`,
      ];
    })(),
  },
  'a first worker is only ended in a rollback': {
    facts: BESIDE,
    settings: withProcesses(WORKER),
    changes: (() => {
      const back = `${BACK}; switchProcesses worker of ${OLD}; ${ENDED}`;
      return [
        `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
        `startProcesses worker of ${NEW} <- ${ENDED}`,
        `! switchRelease ${NEW} <- ${back}`,
        `! switchProcesses worker of ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
      ];
    })(),
  },
  'a worker that the new release no longer has is told to finish': {
    facts: having(BESIDE, WORKER),
    settings: withProcesses({}),
    changes: [
      `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! switchProcesses worker of ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${WORKS}; ${ENDED}`,
    ],
  },
  'an older worker that still drains is left alone': {
    facts: having(BESIDE, {}, [
      { process: 'worker', release: '0-9999999', drainsUntil: '2026-01-01T10:00:00Z' },
    ]),
    settings: withProcesses({}),
    changes: [
      `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${ENDED}`,
    ],
  },
  'singletons take no part in the steps of a single host': {
    facts: having(BESIDE, { ...BEAT, ...NIGHTLY }),
    settings: withProcesses({ ...BEAT, ...NIGHTLY }),
    changes: [
      `startRelease ${NEW} at 8000 on trial <- ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${ENDED}`,
    ],
  },
  'with strategy restart the workers follow when the web server is ready': {
    facts: having(LIVE_AND_READY, WORKER),
    settings: withProcesses(WORKER, 'restart'),
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! restart ${NEW} ${RESTARTS} <- ${UNIT_BACK}; ${WORKS}`,
      `! awaitReady ${NEW} at 8000 as new <- ${UNIT_BACK}; ${WORKS}`,
      `! startProcesses worker of ${NEW} <- ${UNIT_BACK}; ${WORKS}`,
      `! switchProcesses worker of ${NEW} <- ${UNIT_BACK}; ${WORKS}`,
    ],
  },
  'a first deploy goes back to nothing, and the stop of the service ends its workers': {
    facts: NOTHING_DEPLOYED,
    settings: withProcesses(WORKER, 'restart'),
    changes: (() => {
      const back = 'restoreUnit before; stopService';
      return [
        `renderUnit ${NEW} <- restoreUnit before`,
        `! restart ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
        `! startProcesses worker of ${NEW} <- ${back}`,
        `! switchProcesses worker of ${NEW} <- ${back}`,
      ];
    })(),
  },
  'a worker that runs on trial is live as soon as anything live was touched': {
    facts: having(BESIDE, WORKER),
    settings: withProcesses(WORKER),
    touched: true,
    changes: [
      `! startRelease ${NEW} at 8000 on trial <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! startProcesses worker of ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! switchRelease ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! switchProcesses worker of ${NEW} <- ${BACK}; ${WORKS}; ${ENDED}`,
      `! awaitReady ${NEW} at 8000 as new <- ${BACK}; ${WORKS}; ${ENDED}`,
    ],
  },
};

for (const [name, { facts, settings, touched = false, stopFirst = false, changes }] of Object.entries(ROWS))
  test(name, () => {
    const wanted = { release, bind, stopFirst, startsFirst: false, touched, settings };
    const plan = planDeploy(facts, wanted);
    assert.deepEqual(plan.changes.map(changeInShort), changes);
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, 'a plan is plain JSON');
  });

test('--stop-first kills the workers, so that its undo starts them again', () => {
  const wanted = { release, bind, stopFirst: true, startsFirst: false, touched: false };
  const { stop } = planDeploy(having(BESIDE, WORKER), { ...wanted, settings: withProcesses(WORKER) });
  assert.equal(
    stop && changeInShort(stop),
    `! makeRoom ending the user [requests wait: --stop-first] <- ${BACK}; ${WORKS}`,
  );
});

test('people read what becomes of each process, and how long it may take', () => {
  const wanted = { release, bind, stopFirst: false, startsFirst: false, touched: false };
  const { changes } = planDeploy(having(BESIDE, WORKER), { ...wanted, settings: withProcesses(THREE) });
  const [start, take] = [changes[1], changes[3]];
  assert.equal(start?.does.words, 'start worker, mailer');
  assert.equal(
    take?.does.words,
    `hourly runs from ${NEW} (hourly); mailer of ${NEW} is live; tell the old worker to finish (up to 6 h)`,
  );
});

test('the time for a start covers the slowest process', () => {
  const slow: Written = { worker: { command: 'a', ready: { command: 'b', timeout: '5m' } }, ...MAILER };
  const wanted = { release, bind, stopFirst: false, startsFirst: false, touched: false };
  const [, start] = planDeploy(BESIDE, { ...wanted, settings: withProcesses(slow) }).changes;
  assert.equal(start?.does.name === 'startProcesses' && start.does.limit, 360_000);
});

test('a restore starts the workers of last good again, also where its web server serves already', () => {
  const facts = having({ ...BESIDE, abandoned: true }, WORKER, runningOf(WORKER, NEW));
  const settings = withProcesses({});
  const good = { ...facts, probes: { ...facts.probes, lastGood: facts.probes.live } };
  const plan = planRestore(good, { settings, bind });
  assert.deepEqual(plan?.processes.map(stepInShort), WORKS.split(', '));
  assert.notEqual(plan?.unless, null);
});

interface Move {
  host: string;
  found?: FoundProcess[];
  to: Written | null;
  from?: Written;
  finish: string | null;
  start: string[];
  words: string[];
}

const two = { hosts: ['web1', 'web2'] };
const TO_WEB2: Written = { beat: { command: 'celery -A shop beat', singleton: true, host: 'web2' } };

const MOVES: Record<string, Move> = {
  'the old one ends before the new one starts': {
    host: 'web1',
    found: runningOf(BEAT),
    to: BEAT,
    finish: 'finishProcesses beat',
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: [`move beat to ${NEW} (stopped for a moment)`],
  },
  'on the first deploy there is nothing to end': {
    host: 'web1',
    to: BEAT,
    finish: null,
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: ['start beat'],
  },
  'a host that is not its own has none': { host: 'web2', to: BEAT, finish: null, start: [], words: [] },
  'one that moves to another host ends here': {
    host: 'web1',
    found: runningOf(BEAT),
    to: TO_WEB2,
    finish: 'finishProcesses beat',
    start: [],
    words: ['end beat here'],
  },
  'and starts there': {
    host: 'web2',
    to: TO_WEB2,
    finish: null,
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: ['start beat'],
  },
  'a worker of each host that becomes a singleton ends everywhere': {
    host: 'web2',
    found: runningOf(BEAT),
    to: BEAT,
    finish: 'finishProcesses beat',
    start: [],
    words: ['end beat here'],
  },
  'one that still drains from an earlier deploy is waited for': {
    host: 'web1',
    found: [{ process: 'beat', release: '0-9999999', drainsUntil: '2026-01-01T10:00:00Z' }],
    to: BEAT,
    finish: 'finishProcesses beat',
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: [`move beat to ${NEW} (stopped for a moment)`],
  },
  'a timer that stays on its host is only switched, and a run under way may end': {
    host: 'web1',
    found: runningOf(NIGHTLY),
    to: NIGHTLY,
    finish: null,
    start: [`switchProcesses nightly of ${NEW}`],
    words: [`nightly runs from ${NEW} (*-*-* 03:00)`],
  },
  'a timer of another host ends here': {
    host: 'web2',
    found: runningOf(NIGHTLY),
    to: NIGHTLY,
    finish: 'finishProcesses nightly',
    start: [],
    words: ['end nightly here'],
  },
  'back: the new one, which the facts do not know, ends first': {
    host: 'web1',
    to: BEAT,
    from: { ...BEAT, ...NIGHTLY },
    finish: 'finishProcesses beat+nightly',
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: ['end nightly here', `move beat to ${NEW} (stopped for a moment)`],
  },
  'back to a release without any': {
    host: 'web1',
    to: null,
    from: BEAT,
    finish: 'finishProcesses beat',
    start: [],
    words: [],
  },
  'the same release, as after a repair, is left running': {
    host: 'web1',
    found: runningOf(BEAT, NEW),
    to: BEAT,
    finish: null,
    start: [`startProcesses beat of ${NEW}`, `switchProcesses beat of ${NEW}`],
    words: ['start beat'],
  },
};

for (const [name, { host, found = [], to, from, finish, start, words }] of Object.entries(MOVES))
  test(`singletons: ${name}`, () => {
    const facts = having(BESIDE, {}, found);
    const of = (written: Written, id: string) => ({
      release: id,
      processes: withProcesses(written).processes,
    });
    const wanted = to === null ? null : of(to, NEW);
    const before = from === undefined ? null : of(from, OLD);
    const move = singletonMove(facts, wanted, before, { host, ...two });
    assert.equal(move.finish && stepInShort(move.finish), finish);
    assert.deepEqual(move.start.map(stepInShort), start);
    if (wanted !== null) assert.deepEqual(moveInWords(move, wanted), words);
  });

test('the end of a singleton is waited for as long as the old one may drain', () => {
  const old: Written = { beat: { command: 'celery -A shop beat', singleton: true, drain: '2h' } };
  const to = { release: NEW, processes: withProcesses(BEAT).processes };
  const { finish } = singletonMove(having(BESIDE, old), to, null, { host: 'web1', ...two });
  assert.equal(finish?.name === 'finishProcesses' && finish.limit, 7_260_000);
});
