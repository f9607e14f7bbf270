import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { buildSite } from '../../../tools/site/build';
import { CONTENTS } from '../../../tools/site/contents';
import { Repository } from '../../../tools/site/links';

const repository = new Repository(packageRoot());
const folder = mkdtempSync(join(tmpdir(), 'landfall-site-'));
let files: string[] = [];

before(() => {
  files = buildSite(packageRoot(), folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('no link of a document leads nowhere', () => {
  const documents = repository.markdownFiles();
  assert.ok(documents.includes('examples/fastapi-app/README.md'), documents.join(' '));
  assert.deepEqual(
    documents.flatMap((path) => repository.deadLinks(path)),
    [],
  );
});

test('each document below docs has its place in the contents, once', () => {
  const listed = CONTENTS.flatMap(({ pages }) => pages.map(([path]) => path));
  assert.equal(new Set(listed).size, listed.length);
  assert.deepEqual(
    repository.markdownFiles('docs').filter((path) => !listed.includes(path)),
    [],
  );
});

test('each address in a page of the site is a file of the site, and each anchor is in that file', () => {
  const pages = new Map(
    files
      .filter((file) => file.endsWith('.html'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  );
  let checked = 0;
  for (const [page, html] of pages)
    for (const [, address = ''] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^https?:/.test(address)) continue;
      const [path = '', anchor] = address.split('#');
      const file = path === '' ? page : posix.join(posix.dirname(page), path);
      assert.ok(files.includes(file), `${page}: ${address}`);
      if (anchor !== undefined)
        assert.ok(pages.get(file)?.includes(` id="${decodeURIComponent(anchor)}"`), `${page}: ${address}`);
      checked += 1;
    }
  assert.ok(checked > 500, `${checked} addresses`);
});

test('the site has no script, and loads nothing from elsewhere', () => {
  for (const file of files.filter((name) => /\.(html|css|svg)$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    assert.doesNotMatch(text, /<script|javascript:|@import|url\(/i, file);
    assert.doesNotMatch(text, / (?:src|xlink:href)="https?:|<link [^>]*href="https?:/, file);
  }
});

test('the first page leads to the guides, and shows the rollback', () => {
  assert.match(readFileSync(join(folder, 'index.html'), 'utf8'), /href="guides\/fastapi\.html"/);
  assert.match(readFileSync(join(folder, 'README.html'), 'utf8'), /<img src="rollback\.svg"/);
});
