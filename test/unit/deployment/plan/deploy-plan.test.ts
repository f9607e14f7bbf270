import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../../src/deployment/inspection';
import { planDeploy, type Wanted } from '../../../../src/deployment/plan/deploy-plan';
import { hostTarget, settings } from '../../../harness/deploy-input';
import {
  BESIDE,
  FOREIGN_BOOT,
  LIVE_AND_READY,
  listening,
  NO_SOCKET,
  NOTHING_DEPLOYED,
  OLD,
  probe,
} from '../../../harness/inspections';
import { changeInShort, stepInShort } from './in-short';

const NEW = '2-0123456';
const release = { id: NEW, commit: '0123456'.padEnd(40, '0'), standing: false };
const restart = settings({ strategy: 'restart' });
const inPlace = settings({ strategy: 'restart', layout: 'in-place', checkout: '/srv/shop' });
const overlap = settings({ strategy: 'overlap' });
const { bind } = hostTarget('web1');
/** A usual deploy: nothing was changed before, and other hosts may start first. */
const WANTED = { release, bind, stopFirst: false, startsFirst: false, touched: false, settings: overlap };

interface Row {
  facts: Inspection;
  settings: typeof restart;
  wanted?: Partial<Wanted>;
  how: string;
  back: string;
  stop?: string;
  changes: string[];
}

const RESTARTS = 'with strategy restart the old process ends before the new one starts';
const backToUnit = 'restart 1-aaaaaaa, awaitReady 1-aaaaaaa at 8000';
const backWithCheckout = `restoreUnit before, moveCheckout back; ${backToUnit}`;
const backToInstance =
  'startRelease 1-aaaaaaa at 8000, switchRelease 1-aaaaaaa, awaitReady 1-aaaaaaa at 8000';

/** The undo to an instance that could not run alongside the new one. */
const backWithRoom = `makeRoom for ${OLD}, ${backToInstance}`;

/** An abandoned deploy left the live release, and no release was ever good. */
const NEVER_GOOD: Inspection = {
  ...BESIDE,
  live: '1-bbbbbbb',
  lastGood: null,
  lastGoodCommit: null,
  abandoned: true,
  boots: NOTHING_DEPLOYED.boots,
};

const ROWS: Record<string, Row> = {
  'the one unit is restarted': {
    facts: LIVE_AND_READY,
    settings: restart,
    how: 'restart',
    back: 'unit 1-aaaaaaa before at 8000',
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit before; ${backToUnit}`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit before; ${backToUnit}`,
    ],
  },
  'with layout in-place, the checkout moves while the service is stopped, and back before it starts again': {
    facts: LIVE_AND_READY,
    settings: inPlace,
    how: 'restart',
    back: 'unit 1-aaaaaaa before at 8000',
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! moveCheckout ${NEW} [requests fail: ${RESTARTS}] <- ${backWithCheckout}`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- ${backWithCheckout}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backWithCheckout}`,
    ],
  },
  'from releases alongside each other to a checkout': {
    facts: BESIDE,
    settings: inPlace,
    how: 'restart',
    back: 'instance 1-aaaaaaa before at 8000',
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! makeRoom closing the socket [requests fail: ${RESTARTS}] <- restoreUnit before, moveCheckout back; ${backWithRoom}`,
      `! moveCheckout ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit before, moveCheckout back; ${backWithRoom}`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit before, moveCheckout back; ${backWithRoom}`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit before, moveCheckout back; ${backWithRoom}`,
    ],
  },
  'a first deploy with one unit goes back to nothing': {
    facts: NOTHING_DEPLOYED,
    settings: restart,
    how: 'restart',
    back: 'nothing',
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! restart ${NEW} <- restoreUnit before; stopService`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit before; stopService`,
    ],
  },
  'a live release that is not ready goes back to last good, whose text boots': {
    facts: { ...LIVE_AND_READY, live: '3-ccccccc', ready: false },
    settings: restart,
    how: 'restart',
    back: 'unit 1-aaaaaaa boot at 8000',
    changes: [
      `renderUnit ${NEW} <- restoreUnit boot`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit boot; ${backToUnit}`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit boot; ${backToUnit}`,
    ],
  },
  'from strategy overlap back to one unit': {
    facts: BESIDE,
    settings: restart,
    how: 'restart',
    back: 'instance 1-aaaaaaa before at 8000',
    changes: [
      `renderUnit ${NEW} <- restoreUnit before`,
      `! makeRoom closing the socket [requests fail: ${RESTARTS}] <- restoreUnit before; ${backWithRoom}`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit before; ${backWithRoom}`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit before; ${backWithRoom}`,
    ],
  },
  'a release starts alongside the live one, and nothing is interrupted': {
    facts: BESIDE,
    settings: overlap,
    how: 'alongside',
    back: 'instance 1-aaaaaaa before at 8000',
    changes: [
      `startRelease ${NEW} at 8000 on trial <- removeInstance ${NEW}`,
      `! switchRelease ${NEW} <- ${backToInstance}; removeInstance ${NEW}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backToInstance}; removeInstance ${NEW}`,
    ],
  },
  'where memory is short, the old release stops first, and in a rollback the new one': {
    facts: { ...BESIDE, memory: { live: 400 << 20, available: 300 << 20 } },
    settings: { ...overlap, whenMemoryShort: 'restart' },
    how: 'alongside',
    back: 'instance 1-aaaaaaa before at 8000',
    changes: [
      `! makeRoom for ${NEW} [requests wait: the live one uses 400 MiB, 300 MiB are available, 504 MiB are needed] <- ${backWithRoom}; removeInstance ${NEW}`,
      `! startRelease ${NEW} at 8000 on trial <- ${backWithRoom}; removeInstance ${NEW}`,
      `! switchRelease ${NEW} <- ${backWithRoom}; removeInstance ${NEW}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backWithRoom}; removeInstance ${NEW}`,
    ],
  },
  'a new address closes the socket, and the old release comes back at its own': {
    facts: {
      ...BESIDE,
      socket: listening(7000),
      probes: { ...BESIDE.probes, live: probe({ address: { host: '127.0.0.1', port: 7000 } }) },
    },
    settings: overlap,
    how: 'alongside',
    back: 'instance 1-aaaaaaa before at 7000',
    changes: (() => {
      const back = `makeRoom for ${OLD} closing the socket, startRelease ${OLD} at 7000, switchRelease ${OLD}, awaitReady ${OLD} at 7000; removeInstance ${NEW}`;
      return [
        `! makeRoom for ${NEW} closing the socket [requests fail: it listens on 127.0.0.1:7000 until now] <- ${back}`,
        `! startRelease ${NEW} at 8000 on trial <- ${back}`,
        `! switchRelease ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
      ];
    })(),
  },
  'a unit that listened by itself comes back under its own text': {
    facts: { ...LIVE_AND_READY, live: null, lastGood: null, boots: FOREIGN_BOOT },
    settings: overlap,
    how: 'alongside',
    back: 'unit null before at 8000',
    changes: (() => {
      const back =
        'makeRoom closing the socket, restoreUnit before; restart the unit in force, awaitReady the unit in force at 8000; removeInstance 2-0123456';
      return [
        `! makeRoom for ${NEW} listening at 8000 [requests wait: shop.service listens by itself] <- ${back}`,
        `! startRelease ${NEW} at 8000 on trial <- ${back}`,
        `! switchRelease ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
      ];
    })(),
  },
  'a first deploy alongside leaves nothing running or listening when it fails': {
    facts: NOTHING_DEPLOYED,
    settings: overlap,
    how: 'alongside',
    back: 'nothing',
    changes: (() => {
      const back = `makeRoom closing the socket, restoreUnit before; stopService; removeInstance ${NEW}`;
      return [
        `startRelease ${NEW} at 8000 on trial <- stopService, restoreUnit before; removeInstance ${NEW}`,
        `! switchRelease ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
      ];
    })(),
  },
  'the release of an abandoned deploy continues until a better one serves': {
    facts: NEVER_GOOD,
    settings: overlap,
    how: 'alongside',
    back: 'nothing',
    changes: (() => {
      const back = `makeRoom closing the socket, restoreUnit before; stopService; removeInstance ${NEW}`;
      return [
        `startRelease ${NEW} at 8000 on trial <- removeInstance ${NEW}`,
        `! switchRelease ${NEW} <- ${back}`,
        `! awaitReady ${NEW} at 8000 as new <- ${back}`,
      ];
    })(),
  },
  'after an abandoned deploy last good is gone back to, and nothing that is ready now': {
    facts: { ...BESIDE, live: '3-ccccccc', abandoned: true },
    settings: overlap,
    how: 'alongside',
    back: 'instance 1-aaaaaaa boot at 8000',
    changes: [
      `startRelease ${NEW} at 8000 on trial <- removeInstance ${NEW}`,
      `! switchRelease ${NEW} <- ${backToInstance}; removeInstance ${NEW}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backToInstance}; removeInstance ${NEW}`,
    ],
  },
  '--stop-first with one unit': {
    facts: LIVE_AND_READY,
    settings: restart,
    wanted: { stopFirst: true },
    how: 'restart',
    back: 'unit 1-aaaaaaa before at 8000',
    stop: `! makeRoom ending the user [requests fail: --stop-first] <- makeRoom closing the socket, restoreUnit before; ${backToUnit}`,
    changes: [
      `! renderUnit ${NEW} <- restoreUnit before; ${backToUnit}`,
      `! restart ${NEW} [requests fail: ${RESTARTS}] <- restoreUnit before; ${backToUnit}`,
      `! awaitReady ${NEW} at 8000 as new <- restoreUnit before; ${backToUnit}`,
    ],
  },
  '--stop-first alongside: connections wait': {
    facts: BESIDE,
    settings: overlap,
    wanted: { stopFirst: true },
    how: 'alongside',
    back: 'instance 1-aaaaaaa before at 8000',
    stop: `! makeRoom ending the user [requests wait: --stop-first] <- ${backToInstance}`,
    changes: [
      `! startRelease ${NEW} at 8000 on trial <- ${backToInstance}; removeInstance ${NEW}`,
      `! switchRelease ${NEW} <- ${backToInstance}; removeInstance ${NEW}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backToInstance}; removeInstance ${NEW}`,
    ],
  },
  'an operator who goes forward from a rollback is brought back to a verified release': {
    facts: BESIDE,
    settings: overlap,
    wanted: { touched: true },
    how: 'alongside',
    back: 'instance 1-aaaaaaa before at 8000',
    changes: [
      `! startRelease ${NEW} at 8000 on trial <- ${backToInstance}; removeInstance ${NEW}`,
      `! switchRelease ${NEW} <- ${backToInstance}; removeInstance ${NEW}`,
      `! awaitReady ${NEW} at 8000 as new <- ${backToInstance}; removeInstance ${NEW}`,
    ],
  },
  'landfall rollback to a release that is not live puts it in service like a new one': {
    facts: { ...LIVE_AND_READY, previousGood: { id: '0-9999999', commit: '9'.repeat(40) } },
    settings: restart,
    wanted: { release: { id: '0-9999999', commit: '9'.repeat(40), standing: true } },
    how: 'restart',
    back: 'unit 1-aaaaaaa before at 8000',
    changes: [
      'renderUnit 0-9999999 <- restoreUnit before',
      `! restart 0-9999999 [requests fail: ${RESTARTS}] <- restoreUnit before; ${backToUnit}`,
      `! awaitReady 0-9999999 at 8000 as new <- restoreUnit before; ${backToUnit}`,
    ],
  },
  'landfall rollback to what serves already only verifies it': {
    facts: { ...BESIDE, probes: { ...BESIDE.probes, live: probe({ address: { host: '::1', port: 9000 } }) } },
    settings: overlap,
    wanted: { release: { id: OLD, commit: 'a'.repeat(40), standing: true } },
    how: 'verify',
    back: 'instance 1-aaaaaaa before at 9000',
    changes: [`awaitReady ${OLD} at 9000 as new <- nothing`],
  },
};

for (const [name, row] of Object.entries(ROWS))
  test(name, () => {
    const plan = planDeploy(row.facts, { ...WANTED, settings: row.settings, ...row.wanted });
    const { back } = plan;
    const target =
      back.kind === 'nothing'
        ? 'nothing'
        : `${back.kind} ${back.release} ${back.text} at ${'port' in back.probe.address ? back.probe.address.port : ''}`;
    assert.deepEqual(
      {
        how: plan.how,
        back: target,
        stop: plan.stop && changeInShort(plan.stop),
        changes: plan.changes.map(changeInShort),
      },
      { how: row.how, back: row.back, stop: row.stop ?? null, changes: row.changes },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, 'a plan is plain JSON');
  });

test('what is gone back to is started and asked as it was when it was good', () => {
  const old = settings({ app: 'old:app' });
  const probes = { ...BESIDE.probes, live: probe({ settings: old }) };
  const plan = planDeploy({ ...BESIDE, probes }, WANTED);
  const [back] = plan.changes.at(-1)?.undo ?? [];
  const asked = back?.flatMap((step) => ('probe' in step ? [step.probe.settings.app] : []));
  assert.deepEqual(asked, ['old:app', 'old:app']);
  assert.deepEqual(plan.probe, { address: bind, settings: overlap });
  assert.equal(stepInShort(plan.lastLook), `awaitReady ${NEW} at 8000 as new`);
});

test('a stopped socket is opened again by the switch', () => {
  const facts = { ...BESIDE, socket: NO_SOCKET };
  const [first] = planDeploy(facts, WANTED).changes;
  assert.equal(first?.interrupts?.why, 'its socket was stopped');
});

test('what people should know beforehand is in the plan', () => {
  const gunicorn = { ...overlap.gunicorn, workerClass: 'gevent' };
  const wanted = { ...WANTED, settings: { ...overlap, gunicorn } };
  assert.match(planDeploy(BESIDE, wanted).warnings.join(), /no gate for worker class gevent/);
});
