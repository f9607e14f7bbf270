import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adviceOn, causeIn } from '../../../src/deployment/readiness-advice';
import { packageRoot } from '../../../src/package-root';
import { settings } from '../../harness/deploy-input';

const { readiness } = settings();

test('a sentence with the words of the judge has the same cause', () => {
  const file = join(packageRoot(), 'host', 'tests', 'judge_examples.json');
  for (const { path = readiness.path, secure, cause, words } of JSON.parse(readFileSync(file, 'utf8'))) {
    if (cause === null || secure) continue;
    const sentence = `12-3fa9c1e did not become ready on web1: ${path} ${words}; it said: no`;
    assert.equal(causeIn(sentence, { path }), cause === '' ? null : cause, sentence);
  }
});

test('the advice names the key to write', () => {
  const rows: [string, RegExp][] = [
    ['answered 307 to https://shop/health/ready', /readiness\.headers.*X-Forwarded-Proto: https/],
    ['answered 301 to /health/ready/', /readiness\.path: readiness: { path: \/health\/ready\/ }/],
    ['answered 302 to /login', /readiness\.path/],
    ['answered 400: the app refuses the Host 127.0.0.1:8000', /readiness\.headers: .*Host: shop/],
    ['answered 403: the app wants a login', /readiness\.path/],
    ['answered 404: the app has no route GET /health/ready', /readiness\.path/],
    ['answered 200, but its field status says degraded', /readiness\.expect/],
  ];
  for (const [words, advice] of rows) assert.match(adviceOn(words, readiness) ?? '', advice);
  assert.equal(adviceOn('/health/ready answered 503: no database', readiness), null);
});

test('a header that is sent already is not asked for again', () => {
  const sent = { ...readiness, headers: { 'x-forwarded-proto': 'https', host: 'shop.example.com' } };
  assert.match(adviceOn('answered 307 to https://shop/', sent) ?? '', /does not trust X-Forwarded-Proto/);
  assert.match(adviceOn('answered 400: the app refuses the Host a', sent) ?? '', /Host: another/);
});
