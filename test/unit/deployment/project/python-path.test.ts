import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../../src/config/deploy-input';
import { readFacts } from '../../../../src/deployment/project/read-facts';
import { withPackaging } from '../../../../src/deployment/project/with-facts';
import { settings } from '../../../harness/deploy-input';
import { commitOf } from './commit';

function factsOf(files: Record<string, string>, folder: string, changes: Partial<ServiceSettings>) {
  return readFacts(commitOf(files, folder), settings(changes));
}

test('pythonPath: folders from the root of the repository, seen from the folder of the service', () => {
  const files = {
    'services/shop/requirements.txt': '',
    'services/shop/src/a.py': '',
    'libs/common/a.py': '',
  };
  const both = factsOf(files, 'services/shop', { pythonPath: ['services/shop/src', 'libs'] });
  assert.deepEqual([both.pythonPath, both.refusals], [['src', '../../libs'], []]);
  assert.deepEqual(both.ships, { what: 'repository', why: 'pythonPath names libs' });
  const own = factsOf(files, 'services/shop', { pythonPath: ['services/shop/src'] });
  assert.equal(own.ships.what, 'folder');
  const wrong = factsOf(files, 'services/shop', { pythonPath: ['src', 'lib'] });
  assert.deepEqual(
    wrong.refusals.map(({ message, advice }) => `${message} ${advice}`),
    [
      'pythonPath: the commit has no folder src. Write it from the root of the repository: pythonPath: [services/shop/src].',
      'pythonPath: the commit has no folder lib. Name a folder of the repository, from its root.',
    ],
  );
});

test('pythonPath comes before the PYTHONPATH of env', () => {
  const project = factsOf({ 'requirements.txt': '', 'libs/a.py': '' }, '', { pythonPath: ['libs'] });
  const env = (written: Record<string, string>) => withPackaging(settings({ env: written }), project).env;
  assert.deepEqual(env({}), { PYTHONPATH: 'libs' });
  assert.deepEqual(env({ A: 'b', PYTHONPATH: '/opt/more' }), { A: 'b', PYTHONPATH: 'libs:/opt/more' });
});
