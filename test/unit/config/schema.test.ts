import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig, parseConfig } from '../../../src/config';
import { knownKeys, schemaFileText } from '../../../src/config/json-schema';
import { packageRoot } from '../../../src/package-root';

const root = packageRoot();
const docs = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');

/** Keys without those that an environment repeats from the top, as docs write them. */
function documentedKeys(): string[] {
  const top = new Set(
    knownKeys()
      .map((keys) => keys[0])
      .filter((key) => key !== 'environments'),
  );
  return knownKeys()
    .filter((keys) => keys[0] !== 'environments' || keys[2] === undefined || !top.has(keys[2]))
    .map((keys) => keys.join('.').replace('.*', '.<name>').replace('.[]', '[]'));
}

test('landfall.schema.json is what the schema says now; npm run schema renews it', () => {
  assert.equal(readFileSync(join(root, 'landfall.schema.json'), 'utf8'), schemaFileText());
});

test('every key has a row in docs/configuration.md, and every row a key', () => {
  const rows = [...docs.matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1]);
  assert.deepEqual(rows, documentedKeys());
});

test('every key has a description in the JSON Schema, for editors', () => {
  const without: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key !== 'properties') walk(value, `${path}/${key}`);
      else {
        for (const [name, property] of Object.entries<{ description?: string }>(value)) {
          if (property.description === undefined) without.push(`${path}.${name}`);
          walk(property, `${path}.${name}`);
        }
      }
    }
  };
  walk(JSON.parse(schemaFileText()), '');
  assert.deepEqual(without, []);
});

test('the defaults in docs/configuration.md are those in force', () => {
  const shortest = 'service: shop\nrepository: /r\nenvironments: { production: { hosts: [w] } }\n';
  // Every default that the table gives, written out, changes nothing.
  const rows = [...docs.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)].filter(
    ([, key]) => !key?.startsWith('environments'),
  );
  const written = new Map<string, string[]>();
  for (const [, key = '', value = ''] of rows) {
    const [top = '', below] = key.split('.');
    if (top === 'migrate' || top === 'soak' || (top === 'rehearse' && below === undefined)) continue;
    const text = value.replace('<service>', 'shop');
    if (below === undefined) written.set(top, [`${top}: ${text}`]);
    else written.set(top, [...(written.get(top) ?? [`${top}:`]), `  ${below}: ${text}`]);
  }
  assert.ok(written.size > 12);
  const full = shortest + [...written.values()].flat().join('\n');
  assert.deepEqual(
    parseConfig('landfall.yaml', full).environments,
    parseConfig('landfall.yaml', shortest).environments,
  );
});

test('the examples in docs/configuration.md and of the FastAPI app are valid', () => {
  const examples = [...docs.matchAll(/```yaml\n([^`]*service: [^`]*)```/g)].map((match) => match[1] ?? '');
  assert.equal(examples.length, 2);
  for (const example of examples) parseConfig('docs/configuration.md', example);
  const full = parseConfig('docs/configuration.md', examples[1] ?? '');
  assert.deepEqual(full.environments.get('production')?.hosts[2]?.bind, { socket: '/run/shop.sock' });
  const app = loadConfig(join(root, 'examples', 'fastapi-app', 'landfall.yaml'));
  assert.deepEqual([...app.environments.keys()], ['staging', 'production']);
});

test('the full example in docs/configuration.md shows every key', () => {
  const full = docs.slice(docs.indexOf('## A full example'));
  const missing = new Set(knownKeys().map((keys) => keys.at(-1) ?? ''));
  for (const word of full.match(/\b[A-Za-z]+(?=:)/g) ?? []) missing.delete(word);
  // Only where a service answers through a proxy alone.
  assert.deepEqual([...missing], ['url']);
});
