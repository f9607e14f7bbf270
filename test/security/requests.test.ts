import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chosen } from '../harness/random';
import type { ServiceHost } from '../host/landfall-host/service-host';
import { around, differences, otherUnits } from './around';
import { anyRequests } from './request-kinds';
import { problemOf, served, startServing } from './served';

let shop: ServiceHost;
before(async () => {
  shop = await startServing();
});
after(() => shop.stop());

test('any request gets an answer of the protocol, and changes nothing but the service’s own places', async (t) => {
  const { random, rounds } = chosen(300);
  t.diagnostic(`LANDFALL_SEED=${random.seed} LANDFALL_ROUNDS=${rounds}`);
  const requests = anyRequests(random, rounds);
  const before = [await around(shop), await otherUnits(shop)].flat();
  const answers = await served(shop, requests);
  const problems = answers.flatMap((answer, number) => {
    const problem = problemOf(answer);
    const request = requests[number]?.subarray(0, 600).toString();
    return problem === null ? [] : [`${problem}\n  asked: ${request}`];
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(differences(before, [await around(shop), await otherUnits(shop)].flat()), []);
  const taken = answers.filter(({ answer }) => JSON.parse(answer).ok).length;
  t.diagnostic(`${taken} of ${rounds} were done`);
  assert.ok(taken > rounds / 20, 'some have to be done, so that the others find something');
});
