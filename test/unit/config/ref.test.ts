import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRef } from '../../../src/config/ref';
import { isRepositoryAddress } from '../../../src/config/repository';

const SHA = '0123456789abcdef0123456789abcdef01234567';

test('a ref is a full SHA, a whole name, or a name', () => {
  assert.deepEqual(parseRef(SHA), { kind: 'sha', sha: SHA });
  assert.deepEqual(parseRef('refs/heads/main'), { kind: 'full', name: 'refs/heads/main' });
  assert.deepEqual(parseRef('refs/tags/v1.2'), { kind: 'full', name: 'refs/tags/v1.2' });
  for (const name of ['main', 'feature/x', 'v1.2.3', 'ahead', 'release-HEAD', 'pulled/x', 'änderung'])
    assert.deepEqual(parseRef(name), { kind: 'name', name, mayBeShort: false });
  for (const name of ['deadbeef', SHA.slice(0, 39), SHA.slice(0, 7)])
    assert.deepEqual(parseRef(name), { kind: 'name', name, mayBeShort: true });
  assert.deepEqual(parseRef('abc123'), { kind: 'name', name: 'abc123', mayBeShort: false });
});

test('what could mean something else, or what others decide about, is refused with what to write', () => {
  const cases: [RegExp, string[]][] = [
    [/in every copy .*write a branch, a tag or the full SHA/, ['HEAD', '@', 'FETCH_HEAD', 'ORIG_HEAD']],
    [/reflog.*write a branch/, ['HEAD@{1}', 'main@{yesterday}', '@{upstream}']],
    [/proposed change; merge it, or push it/, ['pull/1/head', 'refs/pull/1/merge', 'merge-requests/2/head']],
    [
      /only refs\/heads/,
      ['refs/notes/commits', 'refs/replace/x', 'refs/remotes/origin/main', 'refs', 'refs/heads/'],
    ],
    [
      /an expression or no name at all; write a branch/,
      [
        '',
        'main~1',
        'main^',
        '^main',
        'a..b',
        'a:b',
        'a b',
        'a\nb',
        'main*',
        '-x',
        '--all',
        '/a',
        'a/',
        'a//b',
        'a.lock',
        '.a',
        'a/.b',
        'a\u0000',
        'x'.repeat(256),
      ],
    ],
  ];
  for (const [because, refs] of cases) {
    for (const ref of refs) {
      const parsed = parseRef(ref);
      assert.equal(parsed.kind, 'refused', ref);
      // Whichever reason comes first; the ends of names are forms, too.
      if (ref !== 'refs/heads/') assert.match(parsed.kind === 'refused' ? parsed.because : '', because, ref);
    }
  }
});

test('an address says who answers, and is neither an option nor a command', () => {
  for (const address of [
    'git@github.com:acme/shop.git',
    'ssh://git@example.com:2222/shop.git',
    'https://example.com/shop.git',
    'https://[::1]/shop.git',
    '/srv/git/shop.git',
    'file:///srv/git/shop.git',
  ])
    assert.ok(isRepositoryAddress(address), address);
  for (const address of [
    'git://example.com/shop.git',
    'http://example.com/shop.git',
    'ext::sh -c id',
    'fd::17',
    '--upload-pack=id',
    '-oProxyCommand=id@host:x',
    'git@-oProxyCommand=id:x',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@-oProxyCommand=id/x',
    'git@host:-x',
    'https://example.com/a b',
    'https://example.com/a\nhttps://example.com/b',
    'shop',
    '../shop',
    '',
  ])
    assert.ok(!isRepositoryAddress(address), address);
});
