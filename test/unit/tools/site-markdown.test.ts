import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Repository, resolveLink } from '../../../tools/site/links';
import { anchorOf, readMarkdown } from '../../../tools/site/markdown';
import { addressOf, relativeAddress } from '../../../tools/site/page';

test('the id of a heading is that of GitHub', () => {
  const ids: Record<string, string> = {
    'How an answer is judged': 'how-an-answer-is-judged',
    'Configuration: landfall.yaml': 'configuration-landfallyaml',
    'landfall env set': 'landfall-env-set',
    '`npm run demo` & more': 'npm-run-demo--more',
    'Über uns_2': 'über-uns_2',
  };
  for (const [heading, id] of Object.entries(ids)) assert.equal(anchorOf(heading.replaceAll('`', '')), id);
  const twice = readMarkdown('# One\n## Two\n## Two\n');
  assert.deepEqual([...twice.anchors], ['one', 'two', 'two-1']);
});

test('a document gives its title, links, blocks and code', () => {
  const { title, links, fences, codes } = readMarkdown(
    '# A `b`\n\n[x](y.md#z) and `landfall up`\n\n![p](p.svg)\n\n```sh\nlandfall init\n```\n',
  );
  assert.equal(title, 'A b');
  assert.deepEqual(links, [
    { target: 'y.md#z', line: 3 },
    { target: 'p.svg', line: 5 },
  ]);
  assert.deepEqual(fences, [{ language: 'sh', text: 'landfall init\n', line: 7 }]);
  assert.deepEqual(codes, [
    { text: 'b', line: 1 },
    { text: 'landfall up', line: 3 },
  ]);
});

test('HTML is refused, so no <host> of a sentence gets lost', () => {
  assert.throws(() => readMarkdown('# A\n\nlogin to <host> now\n'), /line 3: <host> is HTML/);
  assert.throws(() => readMarkdown('# A\n\n<script>x</script>\n'), /<script>x<\/script> is HTML/);
  assert.match(readMarkdown('# A\n<!-- a note -->\n\na<br>b\n').html(String), /a<br>b/);
});

test('a link is resolved from its document, and an address on the web is left alone', () => {
  assert.deepEqual(resolveLink('docs/ci.md', 'commands.md#exit-codes'), {
    path: 'docs/commands.md',
    anchor: 'exit-codes',
  });
  assert.deepEqual(resolveLink('docs/ci.md', '#here'), { path: 'docs/ci.md', anchor: 'here' });
  assert.equal(resolveLink('docs/ci.md', 'https://example.com/x'), null);
  assert.equal(addressOf('docs/guides/celery.md'), 'guides/celery.html');
  assert.equal(addressOf('docs/bench.json'), 'bench.json');
  assert.equal(addressOf('examples/shell/deploy.sh'), 'files/examples/shell/deploy.sh.html');
  assert.equal(relativeAddress('guides/celery.html', 'index.html'), '../index.html');
});

test('a dead link is named with its file, its line and the reason', () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-links-'));
  try {
    mkdirSync(join(root, 'docs'));
    writeFileSync(
      join(root, 'docs', 'a.md'),
      '# A\n\n[1](b.md) [2](c.md) [3](b.md#no) [4](#a) [5](../../x)\n',
    );
    writeFileSync(join(root, 'docs', 'b.md'), '# B\n');
    assert.deepEqual(new Repository(root).deadLinks('docs/a.md'), [
      'docs/a.md:3: c.md: docs/c.md does not exist',
      'docs/a.md:3: b.md#no: docs/b.md has no heading #no',
      'docs/a.md:3: ../../x: leads out of the repository',
    ]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
