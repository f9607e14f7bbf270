import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Dependencies } from '../../../src/activities/dependencies';
import { compareCommits } from '../../../src/activities/observe/compare-commits';
import type { Packaging } from '../../../src/config/resolved';
import type { Comparison } from '../../../src/deployment/plan-report';
import { failsWith } from '../ssh/access';
import { Origin } from './origin';

let origin: Origin;
before(() => {
  origin = new Origin();
});
after(() => origin.remove());

async function compared(
  from: string,
  to: string,
  files: string[] | string = ['requirements.txt'],
  path: string | null = 'shop',
): Promise<Comparison> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const packaging: Packaging =
    typeof files === 'string'
      ? { tool: 'uv', lock: files, files: [files], groups: [], extras: [], project: false }
      : { tool: 'requirements', files, encoding: 'utf-8', local: false };
  const step = compareCommits({ mirrors: origin.mirrors } as unknown as Dependencies);
  return environment.run(step, {
    repository: origin.url,
    path,
    from: { commit: from, packaging },
    to: { commit: to, packaging },
  });
}

test('subjects newest first, the changed versions of all files, and lines that pin nothing', async () => {
  const from = origin.push('One', {
    'shop/requirements.txt': '-r more/base.txt\nfastapi==0.115.0\n',
    'shop/more/base.txt': 'six==1.16.0\n',
  });
  origin.push('Two', { 'shop/more/base.txt': 'six==1.17.0\nflask>=2\n' });
  const to = origin.push('Three', { 'shop/requirements.txt': '-r more/base.txt\nfastapi==0.116.1\n' });
  const { added, removed, dependencies } = await compared(from, to);
  assert.equal(added.count, 2);
  assert.deepEqual(
    added.newest.map(({ subject }) => subject),
    ['Three', 'Two'],
  );
  assert.deepEqual(removed, { count: 0, newest: [] });
  assert.deepEqual(dependencies, {
    changes: [
      { name: 'fastapi', from: '0.115.0', to: '0.116.1' },
      { name: 'six', from: '1.16.0', to: '1.17.0' },
    ],
    more: 0,
    notCompared: ['flask>=2'],
  });
  const back = await compared(to, from);
  assert.deepEqual([back.added.count, back.removed.count], [0, 2]);
});

test('unchanged files have nothing that was not compared; a missing file is named', async () => {
  const from = origin.push('Four', { 'shop/requirements.txt': 'flask>=2\n' });
  const to = origin.push('Five', { 'shop/main.py': 'app = 1\n' });
  assert.deepEqual((await compared(from, to)).dependencies, { changes: [], more: 0, notCompared: [] });
  const { notCompared } = (await compared(from, to, ['requirements.txt', 'no.txt'])).dependencies;
  assert.deepEqual(notCompared, ['shop/no.txt could not be read']);
});

test('a file outside the repository is not read', async () => {
  const from = origin.push('Six', { 'shop/requirements.txt': '-r ../../etc/passwd\n-r /etc/passwd\n' });
  const { notCompared } = (await compared(from, from)).dependencies;
  assert.deepEqual(notCompared, ['../etc/passwd could not be read', '/etc/passwd could not be read']);
});

test('many commits are counted, and the newest named', async () => {
  const from = origin.push('Base', {});
  for (let at = 0; at < 25; at++) origin.commit(`Change ${at} ${'x'.repeat(200)}`);
  const to = origin.push('Last', {});
  const { added } = await compared(from, to);
  assert.deepEqual([added.count, added.newest.length, added.newest[0]?.subject], [26, 20, 'Last']);
  assert.equal(added.newest[1]?.subject.length, 120);
});

test('a commit that the repository does not have is refused', async () => {
  const to = origin.push('Here', {});
  await failsWith(compared('f'.repeat(40), to), 'InvalidInput', /has no branch, tag or commit/);
});

test('of a lock file the versions that it pins', async () => {
  const lock = (six: string, more = '') =>
    `version = 1\n[[package]]\nname = "six"\nversion = "${six}"\n[[package]]\nname = "shop"\nsource = { editable = "." }\n${more}`;
  const from = origin.push('Locked', { 'shop/uv.lock': lock('1.16.0') });
  const added = '[[package]]\nname = "Flask_Cors"\nversion = "5.0.0"\n';
  const to = origin.push('Locked again', { 'shop/uv.lock': lock('1.17.0', added) });
  const { dependencies } = await compared(from, to, 'uv.lock');
  assert.deepEqual(dependencies, {
    changes: [
      { name: 'flask-cors', from: null, to: '5.0.0' },
      { name: 'six', from: '1.16.0', to: '1.17.0' },
    ],
    more: 0,
    notCompared: [],
  });
});
