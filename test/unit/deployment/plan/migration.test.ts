import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makesFiles, migratesOnEach } from '../../../../src/deployment/plan/migration';

const SHELL = 'python manage.py migrate --noinput && python manage.py collectstatic --noinput';
const ROWS: [command: string[], hosts: 'first' | 'each' | null, each: boolean, word: string | null][] = [
  [['alembic', 'upgrade', 'head'], null, false, null],
  [['alembic', 'upgrade', 'head'], 'each', true, null],
  [['sh', '-c', SHELL], null, true, 'collectstatic'],
  [['sh', '-c', SHELL], 'first', false, null],
  [['python', 'manage.py', 'compilemessages'], null, true, 'compilemessages'],
  [['python', 'manage.py', 'compress', '--force'], null, true, 'compress'],
  [['python', '-m', 'shop.uncompressed'], null, false, null],
];

test('a command that makes files of the host runs on each host, unless landfall.yaml says where', () => {
  for (const [command, hosts, each, word] of ROWS)
    assert.deepEqual(
      [migratesOnEach({ command, hosts }), makesFiles({ command, hosts })],
      [each, word],
      command.join(' '),
    );
});
