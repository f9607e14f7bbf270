/**
 * The repair of an abandoned deploy: the next deploy and `landfall doctor --repair` do the same. This is the table of
 * docs/architecture.md, "Facts before memory", row by row.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../../src/deployment/inspection';
import { planRepair, type Repair } from '../../../../src/deployment/plan/repair-plan';
import { planRestore } from '../../../../src/deployment/plan/restore-plan';
import { hostTarget, settings } from '../../../harness/deploy-input';
import {
  BESIDE,
  FOREIGN_BOOT,
  LIVE_AND_READY,
  listening,
  NOTHING_DEPLOYED,
  OLD,
  OPEN_CLAIM,
  probe,
} from '../../../harness/inspections';
import { stepInShort } from './in-short';

const PLACE = { host: 'web1', hosts: ['web1'] };
const NEW = '2-bbbbbbb';
const { bind } = hostTarget('web1');
const restart = { settings: settings({ strategy: 'restart' }), bind };
const overlap = { settings: settings({ strategy: 'overlap' }), bind };

/** As the doctor finds a host, before anything claims it for a repair. */
const abandoned = (facts: Inspection, changes: Partial<Inspection> = {}): Inspection => {
  const seen = { ...facts, claim: OPEN_CLAIM, ...changes };
  const isLastGood = seen.running && seen.ready && seen.live === seen.lastGood;
  return { ...seen, abandoned: !isLastGood, why: seen.ready ? '' : 'status 503' };
};
const UNIT = (changes: Partial<Inspection> = {}) => abandoned(LIVE_AND_READY, changes);
const INSTANCE = (changes: Partial<Inspection> = {}) => abandoned(BESIDE, changes);
const MOVED = { checkout: '/srv/shop', from: 'a'.repeat(40) };
const DOWN = { live: null, liveCommit: null, running: false, ready: false, liveIsInstance: false };

interface Row {
  at: string;
  found: Inspection;
  written: typeof restart;
  /** In words, after the claim was taken over. */
  repairs: string[];
  /** The step that shows that nothing has to be changed. */
  unless?: string;
  does: string[];
  beyond?: string;
}

const CLAIM = 'take over the claim of the abandoned deploy, and close it';
const PUT_BACK = `restore ${OLD}`;
const CHECK = `check that ${OLD} is ready, else start it again`;
const WAIT = `wait for ${OLD} to become ready, else start it again`;
const ready = (port = 8000) => `awaitReady ${OLD} at ${port}`;
const unitBack = ['restoreUnit boot', `restart ${OLD}`, ready()];
const instanceBack = (trial: '' | ' on trial' = '', port = 8000) => [
  `startRelease ${OLD} at ${port}${trial}`,
  `switchRelease ${OLD}`,
  ready(port),
];

const ROWS: Row[] = [
  {
    at: 'before the release phase: half directories and jobs go, nothing else',
    found: UNIT({ leftovers: ['/srv/shop/releases/.partial-1 is an unfinished directory'] }),
    written: restart,
    repairs: ['tidy up that /srv/shop/releases/.partial-1 is an unfinished directory', CHECK],
    unless: ready(),
    does: unitBack,
  },
  {
    at: 'renderUnit before restart: the text of another release goes, nothing else',
    found: UNIT({ leftovers: ['a unit override that nothing runs'] }),
    written: restart,
    repairs: ['tidy up that a unit override that nothing runs', CHECK],
    unless: ready(),
    does: unitBack,
  },
  {
    at: 'makeRoom, with one unit: last good starts',
    found: UNIT(DOWN),
    written: restart,
    repairs: [PUT_BACK],
    does: unitBack,
  },
  {
    at: 'makeRoom, alongside: last good starts',
    found: INSTANCE(DOWN),
    written: overlap,
    repairs: [PUT_BACK],
    does: instanceBack(),
  },
  {
    at: 'startRelease before the switch: last good stays',
    found: INSTANCE({ leftovers: ['shop@2-bbbbbbb.service runs alongside the live release'] }),
    written: overlap,
    repairs: ['tidy up that shop@2-bbbbbbb.service runs alongside the live release', CHECK],
    unless: ready(),
    does: [`makeRoom`, ...instanceBack(' on trial')],
  },
  {
    at: 'within switchRelease, or later while the new release is ready: last good must prove itself first',
    found: INSTANCE({ live: NEW }),
    written: overlap,
    repairs: [PUT_BACK],
    does: instanceBack(' on trial'),
  },
  {
    at: 'switchRelease, while the new release is not ready: last good takes over without a trial',
    found: INSTANCE({ live: NEW, ready: false }),
    written: overlap,
    repairs: [PUT_BACK],
    does: instanceBack(),
  },
  {
    at: 'restart, while it is awaited or soaks: last good takes over again',
    found: UNIT({ live: NEW }),
    written: restart,
    repairs: [PUT_BACK],
    does: unitBack,
  },
  {
    at: 'moveCheckout, before the restart: the checkout goes back first',
    found: UNIT({ ...DOWN, moved: MOVED }),
    written: restart,
    repairs: [`${PUT_BACK}, and move /srv/shop back to aaaaaaa`],
    does: ['restoreUnit boot', 'moveCheckout back', `restart ${OLD}`, ready()],
  },
  {
    at: 'moveCheckout and a reboot: last good runs, and is ready, on the commit of another release',
    found: UNIT({ moved: MOVED }),
    written: restart,
    repairs: [`${PUT_BACK}, and move /srv/shop back to aaaaaaa`],
    does: ['restoreUnit boot', 'moveCheckout back', `restart ${OLD}`, ready()],
  },
  {
    at: 'moveCheckout of the first deploy and a reboot: the unit from before runs on the commit of the release',
    found: UNIT({ live: null, lastGood: null, lastGoodCommit: null, boots: FOREIGN_BOOT, moved: MOVED }),
    written: restart,
    repairs: ['restore the unit from before, and move /srv/shop back to aaaaaaa'],
    does: [
      'restoreUnit boot',
      'moveCheckout back',
      'restart the unit in force',
      'awaitReady the unit in force at 8000',
    ],
  },
  {
    at: 'a change of `bind`, with last good live at the new address: it goes back to its own',
    found: INSTANCE({
      ready: false,
      socket: listening(9000),
      probes: { live: probe({ moved: true }), lastGood: probe({ moved: true }), previousGood: null },
    }),
    written: overlap,
    repairs: [PUT_BACK],
    does: ['makeRoom closing the socket', `makeRoom for ${OLD} closing the socket`, ...instanceBack()],
  },
  {
    at: 'a change of `bind`, with the new release live there: the new address is closed',
    found: INSTANCE({
      live: NEW,
      socket: listening(9000),
      probes: {
        live: probe({ address: { host: '127.0.0.1', port: 9000 } }),
        lastGood: probe({ address: { host: '127.0.0.1', port: 7000 }, moved: true }),
        previousGood: null,
      },
    }),
    written: overlap,
    repairs: [PUT_BACK],
    does: [`makeRoom for ${OLD} closing the socket`, ...instanceBack(' on trial', 7000)],
  },
  {
    at: 'a change to strategy overlap: the socket is closed, and last good starts as one unit',
    found: INSTANCE({ live: NEW, boots: LIVE_AND_READY.boots }),
    written: overlap,
    repairs: [PUT_BACK],
    does: ['makeRoom closing the socket', ...unitBack],
  },
  {
    at: 'a change to one unit: last good starts as an instance',
    found: UNIT({ live: NEW, boots: BESIDE.boots }),
    written: restart,
    repairs: [PUT_BACK],
    does: [`makeRoom for ${OLD}`, ...instanceBack(' on trial')],
  },
  {
    at: 'markGood, before it is recorded: the old release is still last good',
    found: UNIT({ live: NEW, boots: { ...LIVE_AND_READY.boots, release: NEW } }),
    written: restart,
    repairs: [PUT_BACK],
    does: unitBack,
  },
  {
    at: 'markGood, after it is recorded: the links follow, and the new release is good',
    found: UNIT({ leftovers: ['current points to another release'] }),
    written: restart,
    repairs: ['tidy up that current points to another release', CHECK],
    unless: ready(),
    does: unitBack,
  },
  {
    at: 'a rollback whose restart or switch is made: last good gets time, and is started again only if that fails',
    found: UNIT({ ready: false }),
    written: restart,
    repairs: [WAIT],
    unless: ready(),
    does: unitBack,
  },
  {
    at: 'a first deploy: what runs stays, and the claim is closed',
    found: UNIT({ live: NEW, lastGood: null, boots: NOTHING_DEPLOYED.boots }),
    written: restart,
    repairs: [],
    does: [],
  },
  {
    at: 'a first deploy that is not ready: a person has to deploy',
    found: UNIT({ live: NEW, lastGood: null, boots: NOTHING_DEPLOYED.boots, ready: false }),
    written: restart,
    repairs: [],
    does: [],
    beyond: 'the live release is not ready, and no good release exists here that could be restored',
  },
  {
    at: 'a first deploy of which nothing runs: nothing listens afterwards',
    found: abandoned(NOTHING_DEPLOYED, { socket: listening(8000) }),
    written: overlap,
    repairs: ['stop what is left'],
    does: ['stopService'],
  },
  {
    at: 'a first deploy to a host with a unit of its own: that unit',
    found: INSTANCE({ live: NEW, lastGood: null, boots: FOREIGN_BOOT }),
    written: overlap,
    repairs: ['restore the unit from before'],
    does: [
      'makeRoom closing the socket',
      'restoreUnit boot',
      'restart the unit in force',
      'awaitReady the unit in force at 8000',
    ],
  },
  {
    at: 'discardRelease or closeClaim: last good stays',
    found: INSTANCE(),
    written: overlap,
    repairs: [CHECK],
    unless: ready(),
    does: ['makeRoom', ...instanceBack(' on trial')],
  },
];

for (const { at, found, written, ...row } of ROWS)
  test(`abandoned at ${at}`, () => {
    const plan = planRepair(found, written, PLACE);
    const restore = plan.repairs.find((repair) => repair.kind === 'restore')?.plan ?? null;
    assert.deepEqual(
      {
        repairs: plan.repairs.map(({ words }) => words),
        unless: restore?.unless ? stepInShort(restore.unless) : null,
        does: plan.repairs.flatMap(stepsOf),
        beyond: plan.beyond,
      },
      {
        repairs: [CLAIM, ...row.repairs],
        unless: row.unless ?? null,
        does: row.does,
        beyond: row.beyond ?? null,
      },
    );
    // The next deploy restores the same, before anything builds on what is there.
    if (restore !== null) assert.deepEqual(planRestore(found, written), restore);
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, 'a plan is plain JSON');
  });

function stepsOf(repair: Repair): string[] {
  if (repair.kind === 'stop') return [stepInShort(repair.step)];
  return repair.kind === 'restore' ? repair.plan.changes.map(({ does }) => stepInShort(does)) : [];
}

test('a last good release that fails its trial is ended, and displaces nothing', () => {
  const changes = planRestore(INSTANCE({ live: NEW }), overlap)?.changes ?? [];
  assert.deepEqual(
    changes.map(({ undo }) => undo.map((steps) => steps.map(stepInShort))),
    [[[`removeInstance ${OLD}`]], [], []],
  );
});

test('a host that is well has no plan', () => {
  assert.deepEqual(planRepair(BESIDE, overlap, PLACE), { repairs: [], beyond: null });
});

test('once a repair has begun, what serves is verified, also when nothing is left to change', () => {
  const { repairs } = planRepair(BESIDE, overlap, PLACE, true);
  assert.deepEqual(
    repairs.map(({ words }) => words),
    [CHECK],
  );
});

test('a claim of another engine says that it takes --take-over', () => {
  const claim = { ...OPEN_CLAIM, ours: false };
  const [first] = planRepair(UNIT({ claim }), restart, PLACE).repairs;
  assert.match(first?.words ?? '', /with --take-over, because it is of another engine/);
});
