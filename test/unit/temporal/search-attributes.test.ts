import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, searchAttributesOf } from '../../../src/deployment/search-attributes';
import { registerSearchAttributes } from '../../../src/temporal/search-attributes';
import { status } from '../cli/status';

const KEYWORD = 2;
const ALL = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name }) => [name, KEYWORD]));

/** An engine that knows these attributes. `refuses`: the credential may not ask about the cluster. */
function engine(known: Record<string, number>, refuses = false) {
  const added: unknown[] = [];
  const denied = async () => {
    throw Object.assign(new Error('7 PERMISSION_DENIED: Request unauthorized.'), {
      code: 7,
      details: 'Request unauthorized.',
      metadata: {},
    });
  };
  const operatorService = {
    listSearchAttributes: refuses ? denied : async () => ({ customAttributes: known }),
    addSearchAttributes: async (asked: unknown) => added.push(asked),
  };
  const connection = { operatorService, withDeadline: (_: number, work: () => unknown) => work() };
  const client = { options: { namespace: 'shop' }, connection } as unknown as Client;
  return { client, added };
}

describe('search attributes', () => {
  it('are used at once where they are registered, and not registered again', async () => {
    const { client, added } = engine(ALL);
    const searchable = await registerSearchAttributes(client, () => assert.fail());
    assert.equal(searchable(), true);
    assert.deepEqual(added, []);
  });

  it('are registered where they are missing, and used when every server of a cluster knows them', async () => {
    const { LandfallBy: _, ...rest } = ALL;
    const { client, added } = engine(rest);
    let now = 1_000_000;
    const searchable = await registerSearchAttributes(
      client,
      () => assert.fail(),
      () => now,
    );
    assert.deepEqual(added, [{ namespace: 'shop', searchAttributes: { LandfallBy: KEYWORD } }]);
    assert.equal(searchable(), false);
    now += 90_000;
    assert.equal(searchable(), true);
  });

  it('are never used without the right to register them, with one warning that says how', async () => {
    const { client } = engine({}, true);
    const warnings: string[] = [];
    const searchable = await registerSearchAttributes(client, (...lines) => warnings.push(...lines));
    assert.equal(searchable(), false);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /not registered \(Request unauthorized\.\)/);
    assert.match(
      warnings[1] ?? '',
      /search-attribute create --namespace shop --name LandfallService --type Key/,
    );
  });

  it('are never used where one of them is of another type', async () => {
    const { client } = engine({ ...ALL, LandfallBy: 1 });
    const searchable = await registerSearchAttributes(client, () => undefined);
    assert.equal(searchable(), false);
  });

  it('have the values of the status, within what a keyword holds', () => {
    const pairs = searchAttributesOf(status({ outcome: null, by: '\u{1f600}'.repeat(300) }));
    const values = Object.fromEntries(pairs.map((pair) => [pair.key.name, pair.value]));
    assert.equal(values.LandfallService, 'shop');
    assert.equal(values.LandfallOutcome, null);
    assert.equal(values.LandfallBy, '\u{1f600}'.repeat(255));
  });
});
