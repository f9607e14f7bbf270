import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanJson } from '../../../../src/cli/output/plan-json';
import { endLines } from '../../../../src/cli/up/end-lines';
import { isLive, isOpen, type UpPlan, upLines } from '../../../../src/cli/up/plan-lines';
import { namesOn, variablesOf } from '../../../../src/cli/up/variables';
import { hostTarget, settings } from '../../../harness/deploy-input';

const SHA = 'b'.repeat(40);
const KEY = 'deploy logs in with the key of this login as root: SHA256:abc';
const todo = { what: 'create system user, no login, shop', done: false, changed: false };
const done = { what: 'directory /srv/shop', done: true, changed: false };
const setup = (...actions: (typeof todo)[]) => ({ actions, changed: false, warnings: [] });
const host = (...actions: (typeof todo)[]) => ({
  host: hostTarget('web1'),
  as: 'root',
  deployUser: 'deploy',
  setup: setup(...actions),
  key: KEY,
});

const plan = (changes: Partial<UpPlan> = {}): UpPlan => ({
  service: 'shop',
  environment: 'production',
  settings: settings(),
  hosts: [host(todo, done)],
  variables: { given: ['DATABASE_URL'], missing: ['TOKEN'], optional: ['LOG_LEVEL'] },
  asks: true,
  engine: 'on this machine for this run',
  commit: {
    sha: SHA,
    subject: 'Begin',
    repository: '/home/ann/shop',
    uncommitted: ['landfall.yaml'],
    facts: ['dependencies: uv.lock'],
    refusals: [],
    variables: [],
  },
  deploy: null,
  ...changes,
});

test('the plan of an empty host has its actions, the variables, the engine and the commit', () => {
  assert.deepEqual(upLines(plan()), [
    'Plan: bbbbbbb (Begin) of shop to production.',
    '  ! not committed, so not deployed: landfall.yaml',
    '',
    'On web1, as root:',
    '  + create system user, no login, shop',
    '  ✓ 1 more is in place',
    `  · ${KEY}`,
    '',
    'Variables:',
    '  + set on every host: DATABASE_URL',
    '  ? TOKEN: read without a default; asked for after your yes',
    '  · not set, with a default: LOG_LEVEL. To set one: landfall env set shop --env production NAME',
    '',
    'Engine: on this machine for this run',
    '',
    'dependencies: uv.lock',
    'The deploy checks the rest on the hosts, before anything serves.',
  ]);
});

test('without a person a missing variable is a warning, and a commit that would be refused says so', () => {
  const refusals = [{ message: 'pyproject.toml has no lock file.', advice: 'Run uv lock.' }];
  const { commit } = plan();
  const lines = upLines(plan({ asks: false, commit: { ...commit, refusals }, hosts: [host(done)] }));
  assert.ok(lines.includes('On web1: everything is set up.'));
  assert.match(
    lines.join('\n'),
    /! TOKEN: read without a default, and set nowhere\. The release may not start/,
  );
  assert.deepEqual(lines.slice(-3), [
    'REFUSED. pyproject.toml has no lock file.',
    '  Run uv lock.',
    'The deploy WOULD BE REFUSED.',
  ]);
});

test('variables that the file, landfall.yaml or every host sets are not asked for', () => {
  const read = ['A', 'B', 'C', 'D', 'E'].map((name) => ({
    name,
    isRequired: name !== 'E',
    file: 'main.py',
    line: 1,
  }));
  const found = (known: Set<string>[]) =>
    variablesOf(read, { settings: settings({ env: { B: '' } }), known, given: ['A'] });
  assert.deepEqual(found([new Set(['C']), new Set(['C', 'D'])]), {
    given: ['A'],
    missing: ['D'],
    optional: ['E'],
  });
  assert.deepEqual(found([]).missing, ['C', 'D']);
});

test('a host sets the variables of its newest version, and those in files of root', () => {
  const variables = (name: string) => [{ name, since: 1, changed: '', digest: '' }];
  const contents = [1, 2].map((number) => ({ number, variables: variables(`V${number}`) }));
  const files = [{ name: 'F', file: '/etc/shop/env' }];
  assert.deepEqual([...namesOn({ newest: 2, live: null, versions: [], contents, files })].sort(), [
    'F',
    'V2',
  ]);
});

test('nothing is left to do only when every host serves the commit as it would be deployed', () => {
  const live = { commit: SHA, running: true, ready: true, why: '' };
  const unit = { changed: false, added: 0, removed: 0, diff: '', isCut: false, warnings: [] };
  const on = (changes: object): PlanJson['groups'][number] => ({
    hosts: ['web1'],
    plan: {
      live,
      claimedBy: null,
      repairs: [],
      how: 'alongside',
      why: '',
      python: null,
      changes: [],
      interruption: null,
      back: null,
      unit,
      refused: [],
      warnings: [],
      ...changes,
    },
  });
  const told = (changes: Partial<PlanJson>): PlanJson => ({
    service: 'shop',
    environment: 'production',
    requested: SHA,
    commit: SHA,
    subject: '',
    facts: [],
    refused: [],
    migration: null,
    comparisons: [],
    groups: [on({})],
    wouldBeRefused: false,
    underway: null,
    lastDeploys: null,
    ...changes,
  });
  assert.ok(isLive(told({})));
  const not: Partial<PlanJson>[] = [
    { wouldBeRefused: true },
    { underway: 'a deploy' },
    { groups: [on({}), on({ live: null })] },
    { groups: [on({ live: { ...live, ready: false } })] },
    { groups: [on({ live: { ...live, commit: 'a'.repeat(40) } })] },
    { groups: [on({ repairs: ['restore last good'] })] },
    { groups: [on({ unit: { ...unit, changed: true } })] },
  ];
  for (const changes of not) assert.ok(!isLive(told(changes)), JSON.stringify(changes));
  const nothing = { given: [], missing: [], optional: ['LOG_LEVEL'] };
  assert.ok(!isOpen({ hosts: [host(done)], variables: nothing }));
  assert.ok(isOpen({ hosts: [host(done), host(todo)], variables: nothing }));
  assert.ok(isOpen({ hosts: [host(done)], variables: { ...nothing, given: ['A'] } }));
});

test('the end says where the service is, and how an engine of this run alone is seen again', () => {
  const of = { service: 'shop', environment: 'production', hosts: [hostTarget('web1')], isUncommitted: true };
  assert.deepEqual(endLines({ ...of, kind: 'own', code: 0 }), [
    '',
    'shop listens on 127.0.0.1:8000 of web1.',
    '',
    'Next:',
    '  git add landfall.yaml && git commit   (landfall.yaml is not committed yet)',
    '  landfall up   (deploy the next commit)',
    '  landfall dev   (see this deploy again; then landfall status shop --env production)',
    '  landfall controller install USER@HOST   (deploys of a team and of CI; docs/controller.md)',
  ]);
  assert.doesNotMatch(endLines({ ...of, kind: 'elsewhere', code: 0 }).join('\n'), /landfall dev|controller/);
  assert.match(endLines({ ...of, kind: 'own', code: 2 }).join('\n'), /run landfall up again/);
  assert.match(endLines({ ...of, kind: 'own', code: 4 }).join('\n'), /stands still\. Run landfall dev/);
  assert.deepEqual(endLines({ ...of, kind: 'elsewhere', code: 4 }), []);
});
