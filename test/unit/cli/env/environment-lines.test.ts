import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changedInWords,
  contentsOf,
  groupedLines,
  hostDifferences,
  listLines,
  versionDifferences,
} from '../../../../src/cli/env/environment-lines';
import { ANSWERS } from '../../../harness/answers';

const LISTED = ANSWERS['env-list'];
const SET = {
  moved: false,
  before: 6,
  number: 7,
  added: [],
  changed: [],
  removed: [],
  missing: [],
  files: [],
};

test('a list has names, versions and times of a host', () => {
  assert.deepEqual(listLines(LISTED), [
    'environment 2, 2026-01-01 10:00:00 UTC, by ann',
    '  DATABASE_URL  since 2, 2026-01-01 10:00:00 UTC',
    `the live release ${LISTED.live?.release} has environment 1: a restart or a deploy applies the newest one`,
    '! DATABASE_URL is in /etc/shop/env too; the value of landfall env counts for releases from now on',
  ]);
});

test('a host without an environment says so, and names that only a file of root sets are not told', () => {
  const none = { ...LISTED, newest: 0, live: null, versions: [], contents: [] };
  assert.deepEqual(listLines(none), ['no environment is set']);
});

test('a change names what became of each variable', () => {
  const changed = { ...SET, added: ['NEW'], changed: ['DATABASE_URL'], removed: ['OLD'], missing: ['GONE'] };
  const words = 'environment 7 (before: 6): DATABASE_URL changed, NEW added, OLD removed; GONE was not set';
  assert.equal(changedInWords(changed), words);
  assert.equal(changedInWords({ ...SET, number: 6 }), 'nothing changes, environment 6');
});

test('hosts with the same lines are named together', () => {
  const lines = ['first', 'second'];
  const all = ['web1', 'web3'].map((host) => ({ host, lines }));
  assert.deepEqual(groupedLines([...all, { host: 'web2', lines: ['other'] }]), [
    'web1, web3: first',
    '  second',
    'web2: other',
  ]);
});

const contents = (values: Record<string, string>) => ({ digests: new Map(Object.entries(values)) });

test('a difference between hosts names the hosts and no digest', () => {
  const hosts = [
    { host: 'web1', contents: contents({ A: 'a', B: 'b', C: 'c' }) },
    { host: 'web2', contents: contents({ A: 'x', B: 'b' }) },
    { host: 'web3', contents: contents({ A: 'a', B: 'b', C: 'c' }) },
  ];
  assert.deepEqual(hostDifferences(hosts), [
    'A differs on web2 (set on web1, web3)',
    'C is not set on web2 (set on web1, web3)',
  ]);
});

test('a difference between versions says which variables it has', () => {
  const from = contents({ A: 'a', B: 'b', C: 'c' });
  assert.deepEqual(versionDifferences(from, contents({ A: 'a', B: 'x', D: 'd' })), [
    'B changed',
    'C removed',
    'D added',
  ]);
});

test('version 0 is empty, and a version that is not kept any more is unknown', () => {
  assert.deepEqual(contentsOf(LISTED, 0), { digests: new Map() });
  assert.equal(contentsOf(LISTED, 1), null);
});
