/** Which proof of the import a deploy takes on each host: its own start alongside, or a pre-import. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeployInput } from '../../../../src/config/deploy-input';
import type { Inspection } from '../../../../src/deployment/inspection';
import { planDeploy } from '../../../../src/deployment/plan/deploy-plan';
import { startsFirst } from '../../../../src/deployment/plan/import-proof';
import { NOTHING_RESOLVED } from '../../../../src/deployment/project/with-facts';
import { serverOf } from '../../../../src/deployment/server';
import { hostTarget, input, settings } from '../../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, listening, NOTHING_DEPLOYED, OLD } from '../../../harness/inspections';

const overlap = settings({ strategy: 'overlap' });
const { gunicorn } = overlap;
const MIGRATION = { command: ['true'], timeout: 60_000, memory: null, hosts: null };
const hosts = (count: number) => Array.from({ length: count }, (_, at) => hostTarget(`web${at + 1}`));

interface Row {
  facts?: Inspection;
  asked?: Partial<DeployInput>;
  touched?: boolean;
  /** A good release on the host is deployed again. */
  standing?: string;
  /** By host. */
  proofs: string[];
}

const ROWS: Record<string, Row> = {
  'one host: its start': { proofs: ['start'] },
  'several batches of one host: the start of the first host, while no other host has the release': {
    asked: { hosts: hosts(3) },
    proofs: ['start', 'pre-import', 'pre-import'],
  },
  'two hosts at once: a bad import of one shows before the other serves the release': {
    asked: { hosts: hosts(3), batch: 2 },
    proofs: ['pre-import', 'pre-import', 'pre-import'],
  },
  'a batch for two, and one host': { asked: { batch: 2 }, proofs: ['start'] },
  'a first deploy': { facts: NOTHING_DEPLOYED, proofs: ['start'] },
  'a migration comes before the start': {
    asked: { settings: { ...overlap, migrate: MIGRATION } },
    proofs: ['pre-import'],
  },
  'a rollback does not migrate': {
    asked: { settings: { ...overlap, migrate: MIGRATION }, source: { previous: true, soak: false } },
    standing: '0-9999999',
    proofs: ['start'],
  },
  'a rollback to the live release': {
    asked: { source: { previous: true, soak: false } },
    standing: OLD,
    proofs: ['none'],
  },
  'strategy restart': {
    facts: LIVE_AND_READY,
    asked: { settings: settings() },
    proofs: ['pre-import'],
  },
  'a worker class without a gate': {
    asked: { settings: { ...overlap, gunicorn: { ...gunicorn, workerClass: 'gevent' } } },
    proofs: ['pre-import'],
  },
  'a worker class of the project, whose gate shows only when it starts': {
    asked: { settings: { ...overlap, gunicorn: { ...gunicorn, workerClass: 'shop.Worker' } } },
    proofs: ['pre-import'],
  },
  'preload: the master imports, where no gate ends a hang and says where it is': {
    asked: { settings: { ...overlap, gunicorn: { ...gunicorn, preload: true } } },
    proofs: ['pre-import'],
  },
  "preload in the project's own file": {
    asked: {
      settings: {
        ...overlap,
        resolved: {
          ...NOTHING_RESOLVED,
          server: { ...serverOf(overlap), from: { preload: 'gunicorn.conf.py' } },
        },
      },
    },
    proofs: ['pre-import'],
  },
  'a memory limit of the import': {
    asked: { settings: { ...overlap, preImport: { timeout: 60_000, memory: 1 << 30 } } },
    proofs: ['pre-import'],
  },
  'preImport: false, with every way to start': {
    facts: LIVE_AND_READY,
    asked: { settings: settings({ preImport: null }), hosts: hosts(2) },
    proofs: ['none', 'none'],
  },
  'preImport: false, with overlap': {
    asked: { settings: { ...overlap, preImport: null }, hosts: hosts(2) },
    proofs: ['none', 'none'],
  },
  '--stop-first': { asked: { stopFirst: true }, proofs: ['pre-import'] },
  'the old release stops first, because memory is short': {
    facts: { ...BESIDE, memory: { live: 400 << 20, available: 300 << 20 } },
    asked: { settings: { ...overlap, whenMemoryShort: 'restart' } },
    proofs: ['pre-import'],
  },
  'the old release stops first, because the address changes': {
    facts: { ...BESIDE, socket: listening(7000) },
    proofs: ['pre-import'],
  },
  'the old release stops first, because it listens by itself': {
    facts: LIVE_AND_READY,
    proofs: ['pre-import'],
  },
  'an operator goes forward after the live release was changed': { touched: true, proofs: ['pre-import'] },
};

for (const [name, { facts = BESIDE, asked, touched = false, standing, proofs }] of Object.entries(ROWS))
  test(name, () => {
    const given = input({ settings: overlap, ...asked });
    const release = { id: standing ?? '2-0123456', commit: '0'.repeat(40), standing: standing !== undefined };
    const found = given.hosts.map(({ name: host, bind }) => {
      const first = startsFirst(given, host);
      const { stopFirst = false } = given;
      const plan = planDeploy(facts, {
        release,
        settings: given.settings,
        bind,
        stopFirst,
        startsFirst: first,
        touched,
      });
      const [start] = plan.changes.map(({ does }) => does).filter(({ name }) => name === 'startRelease');
      const proves = start?.name === 'startRelease' && start.provesImport;
      assert.ok(!(proves && plan.preImports), 'the import is paid once');
      return proves ? 'start' : plan.preImports ? 'pre-import' : 'none';
    });
    assert.deepEqual(found, proofs);
  });

test('the start that proves the import is the first change, and is undone without the live release', () => {
  const { bind } = hostTarget('web1');
  const release = { id: '2-0123456', commit: '0'.repeat(40), standing: false };
  const wanted = { release, settings: overlap, bind, stopFirst: false, startsFirst: true, touched: false };
  const [first] = planDeploy(BESIDE, wanted).changes;
  assert.equal(first?.does.name, 'startRelease');
  assert.equal(first?.touchesLive, false);
  assert.deepEqual(
    first?.undo.flat().map((step) => step.name),
    ['removeInstance'],
  );
});
