import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentsFor } from '../../../../src/cli/door/command-line';
import { matchesRef } from '../../../../src/config/ref';
import { GRANTS, overruling, parseWords } from '../../../../src/controller/door/grammar';
import { refusalFor } from '../../../../src/controller/door/may';

function asked(original: string) {
  const words = parseWords(original);
  assert.ok(words !== 'engine' && !('refused' in words), original);
  return words;
}

const SHA = '0123456789abcdef0123456789abcdef01234567';

test('a command of the door becomes the ordinary command line, word by word', () => {
  const rows: [original: string, words: string][] = [
    ['deploy shop production main', `deploy shop --env production --ref ${SHA}`],
    [
      'landfall deploy shop production v1.2 --ci github/a/b/1 --output github --wait-for-running',
      `deploy shop --env production --ref ${SHA} --wait-for-running`,
    ],
    ['plan shop production main --json', `plan shop --env production --ref ${SHA} --json`],
    ['rollback shop production', 'rollback shop --env production'],
    ['restart  shop production  main', 'restart shop --env production'],
    [
      'status shop production --markdown --ci gitlab/a/b/1',
      'status shop --env production --markdown --ci-run gitlab/a/b/1',
    ],
    ['doctor shop production --repair', 'doctor shop --env production --repair'],
    ['cancel shop production', 'cancel shop --env production'],
    [
      'decide shop production go-forward --question 2',
      'decide shop go-forward --env production --question 2',
    ],
  ];
  for (const [original, words] of rows)
    assert.equal(argumentsFor(asked(original), SHA).join(' '), words, original);
  assert.equal(parseWords('engine'), 'engine');
  assert.equal(parseWords('landfall engine'), 'engine');
});

test('everything else is refused, and no word becomes an option by itself', () => {
  const refused = [
    ...['', ' ', 'landfall', 'sh', 'sh -c id', 'env list shop', 'setup web1', 'worker', 'dev', 'door ada'],
    ...[
      'controller status ops',
      'scp -t /x',
      '/usr/lib/openssh/sftp-server',
      'internal-sftp',
      'toString a b',
    ],
    ...['engine now', 'engine --port 1', 'constructor shop production', '__proto__ shop production'],
    ...[
      'deploy',
      'deploy shop',
      'deploy shop production',
      'deploy shop production --ci x',
      'status shop production main',
    ],
    ...[
      'deploy Shop production main',
      'deploy shop ../x main',
      'deploy --env production main',
      'deploy -h p main',
    ],
    ...['deploy shop production --upload-pack=id', 'deploy shop production main --config /etc/x'],
    ...['deploy shop production main --config=/etc/x', 'deploy shop production main extra'],
    ...[
      'deploy shop production main --ci',
      'deploy shop production main --ci --again',
      'deploy shop production main --again --again',
    ],
    ...[
      'deploy shop production main --output /etc/x',
      'deploy shop production main constructor',
      'deploy shop production main --__proto__',
    ],
    ...[
      'decide shop production',
      'decide shop production maybe',
      'decide shop production accept --question -1',
    ],
    ...['decide shop production accept --question 1e9', 'cancel shop production --force'],
    ...["deploy shop production 'main'", 'deploy shop production "main"', 'deploy shop production $(id)'],
    ...['deploy shop production main;id', 'deploy shop production main|id', 'deploy shop production main&id'],
    ...['deploy shop production main\nid', 'deploy shop\tproduction main', 'deploy shop production ma\\in'],
    ...[
      'deploy shop production m\u0000',
      'deploy shop production ｍain',
      `deploy shop production ${'a'.repeat(2000)}`,
    ],
    ...[
      'deploy shop production ~root',
      'deploy shop production main~1',
      'deploy shop production %s',
      'deploy shop production `id`',
    ],
  ];
  for (const original of refused) {
    const words = parseWords(original);
    assert.ok(words !== 'engine' && 'refused' in words, original);
    assert.ok(words.refused.length < 120 && !/[\n;$`|]/.test(words.refused), words.refused);
  }
});

test('a key may do what its list says, and an option that overrules needs a word of its own', () => {
  const key = {
    operator: false,
    services: ['shop'],
    environments: ['staging'],
    commands: ['deploy', 'doctor --repair'],
  };
  const refusal = (original: string) => refusalFor('ci', key, asked(original));
  assert.equal(refusal('deploy shop staging main --again --ci a/b'), null);
  assert.equal(refusal('doctor shop staging --repair'), null);
  assert.equal(refusal('doctor shop staging'), null);
  assert.equal(refusal('deploy blog staging main'), 'The key ci may not do anything with blog.');
  assert.equal(refusal('deploy shop production main'), 'The key ci may not do anything in production.');
  assert.equal(refusal('cancel shop staging'), 'The key ci may not cancel.');
  for (const option of ['--supersede', '--take-over', '--stop-first', '--fix-forward'])
    assert.equal(refusal(`deploy shop staging main ${option}`), `The key ci may not deploy with ${option}.`);
  assert.equal(
    refusal('doctor shop staging --repair --take-over'),
    'The key ci may not doctor with --take-over.',
  );
  const none = { ...key, services: [], environments: [], commands: [] };
  assert.notEqual(refusalFor('ci', none, asked('status shop staging')), null);
  assert.equal(refusalFor('ada', { ...none, operator: true }, asked('deploy shop x main --supersede')), null);
  assert.deepEqual(overruling(asked('deploy shop staging main --again --supersede')), ['--supersede']);
  assert.ok(
    GRANTS.includes('deploy') && GRANTS.includes('deploy --supersede') && !GRANTS.includes('deploy --ci'),
  );
});

test('refs of a policy match whole names, and a star stops at a slash', () => {
  const rows: [pattern: string, ref: string, matches: boolean][] = [
    ['main', 'refs/heads/main', true],
    ['main', 'refs/tags/main', true],
    ['main', 'refs/heads/main2', false],
    ['main', 'refs/heads/x/main', false],
    ['main', 'refs/remotes/main', false],
    ['v*', 'refs/tags/v1.2', true],
    ['v*', 'refs/tags/v1/x', false],
    ['refs/tags/v*', 'refs/heads/v1', false],
    ['refs/tags/v*', 'refs/tags/v1', true],
    ['release/*', 'refs/heads/release/1.0', true],
    ['1.0', 'refs/tags/1x0', false],
    ['a+b', 'refs/heads/aab', false],
  ];
  for (const [pattern, ref, matches] of rows)
    assert.equal(matchesRef([pattern], ref), matches, `${pattern} ${ref}`);
  assert.equal(matchesRef([], 'refs/heads/main'), false);
});
