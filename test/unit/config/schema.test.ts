import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { loadConfig, parseConfig } from '../../../src/config';
import { type KnownKey, knownKeys, schemaFileText } from '../../../src/config/json-schema';
import { withKeyTable } from '../../../src/config/key-table';
import { settingsForm } from '../../../src/config/settings';
import { packageRoot } from '../../../src/package-root';

const root = packageRoot();
const docs = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');

test('landfall.schema.json is what the schema says now; npm run schema renews it', () => {
  assert.equal(readFileSync(join(root, 'landfall.schema.json'), 'utf8'), schemaFileText());
});

test('the table in docs/configuration.md is what the schema says now; npm run schema renews it', () => {
  assert.equal(docs, withKeyTable(docs));
  assert.throws(() => withKeyTable('# A page without the marks\n'), /must enclose the table/);
});

const nameOf = ({ path }: KnownKey) => path.join('.');

test('every key has a description', () => {
  assert.ok(knownKeys().length > 100);
  assert.deepEqual(
    knownKeys()
      .filter(({ description = '' }) => description === '')
      .map(nameOf),
    [],
  );
  assert.doesNotMatch(schemaFileText(), /"otherwise"/);
});

test('a run has every key of a service, by the same name, and no other', () => {
  const ofFile = ['service', 'repository', 'path', 'controller', 'environments', 'bind'];
  const written = knownKeys().filter(({ path: [top = ''] }) => !ofFile.includes(top));
  assert.ok(written.length > 40);
  const ofRun = z.toJSONSchema(settingsForm.value(), { io: 'input' });
  // A deploy finds `resolved` out; no person writes it.
  const ofKeys = propertiesOf(JSON.parse(JSON.stringify(ofRun))).filter(
    (name) => !name.startsWith('resolved'),
  );
  assert.deepEqual(ofKeys, written.map(nameOf));
});

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
}

function propertiesOf(schema: Schema, path: string[] = []): string[] {
  const { properties = {}, additionalProperties, anyOf = [] } = schema;
  const here = Object.entries(properties).flatMap(([name, below]) => [
    [...path, name].join('.'),
    ...propertiesOf(below, [...path, name]),
  ]);
  const ofNames =
    typeof additionalProperties === 'object' ? propertiesOf(additionalProperties, [...path, '*']) : [];
  return [...here, ...ofNames, ...anyOf.flatMap((option) => propertiesOf(option, path))];
}

test('every default, written out, changes nothing', () => {
  const shortest = { service: 'shop', repository: '/r', environments: { production: { hosts: ['w'] } } };
  const full: Record<string, unknown> = structuredClone(shortest);
  let count = 0;
  for (const { path, default: standard, otherwise } of knownKeys()) {
    const [top = '', below] = path;
    if (['environments', 'migrate', 'soak', 'server'].includes(top) || below === '*') continue;
    const value = standard ?? (otherwise?.includes('<') ? otherwise.replace('<service>', 'shop') : undefined);
    if (value === undefined) continue;
    count += 1;
    if (below === undefined) full[top] = value;
    else full[top] = { ...(typeof full[top] === 'object' && full[top]), [below]: value };
  }
  assert.ok(count > 15, `${count} defaults`);
  const environmentsOf = (file: object) => parseConfig('landfall.yaml', JSON.stringify(file)).environments;
  assert.deepEqual(environmentsOf(full), environmentsOf(shortest));
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
  const missing = new Set(knownKeys().map(({ path }) => path.at(-1) ?? ''));
  for (const word of full.match(/\b[A-Za-z]+(?=:)/g) ?? []) missing.delete(word);
  // Only where a service answers through a proxy alone.
  assert.deepEqual([...missing], ['url']);
});
