import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PROTOCOL } from '../../src/host/protocol';
import { packageRoot } from '../../src/package-root';
import { policy, ServiceHost } from '../host/service-host';
import { chosen } from '../support/random';
import { around, differences, otherUnits } from './around';
import { anyRequests, READY } from './request-kinds';

let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
  const cart = { ...policy, service: 'cart', user: 'cart', base: '/srv/cart', unit: 'cart.service' };
  await shop.setup({ policy: { ...cart, envFiles: [] } });
  await shop.root('echo TOKEN=hidden-token > /etc/shop.env');
  const program = readFileSync(join(packageRoot(), 'test', 'security', 'serve-requests.py'));
  await shop.root(`base64 -d > ${PROGRAM} <<'END'\n${program.toString('base64')}\nEND`);
});
after(() => shop.stop());

const PROGRAM = '/root/serve-requests.py';
const ERROR_TYPES = ['InvalidInput', 'SetupNeeded', 'Fenced', 'CommandFailed', 'NoSpace', 'Busy'];

/** A failure of the program itself, and not a refusal: what Python calls its exceptions. */
const DEFECT = /landfall-host failed|Traceback|\b[A-Z]\w*(Error|Exception)\b/;

interface Served {
  answer: string;
  error: string;
  code: number;
}

/** What is wrong with what was served; null: nothing. */
function problemOf({ answer, error, code }: Served): string | null {
  if (code !== 0 || error !== '') return `ended with ${code}: ${error}`;
  if (!answer.endsWith('\n') || answer.trimEnd().includes('\n')) return 'is not one line';
  const parsed = JSON.parse(answer);
  if (parsed.protocol !== PROTOCOL) return 'speaks another protocol';
  if (parsed.ok === true) return parsed.result === undefined ? 'has no result' : null;
  const { type, message } = parsed.error;
  if (!ERROR_TYPES.includes(type)) return `has the unknown error type ${type}`;
  if (typeof message !== 'string' || message.length > 2_000) return 'has no readable message';
  return DEFECT.test(message) ? message : null;
}

/** Serves them in turn on the host. */
async function served(requests: Buffer[]): Promise<Served[]> {
  const lines = [
    JSON.stringify({ ready: READY.map((each) => each.toString('base64')) }),
    ...requests.map((each) => JSON.stringify({ request: each.toString('base64') })),
  ];
  const input = `${lines.join('\n')}\n`;
  const limit = { input, timeoutSeconds: 60 + requests.length };
  const ran = await shop.host.root(`python3 -I ${PROGRAM}`, limit);
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('any request gets an answer of the protocol, and changes nothing but the service’s own places', async (t) => {
  const { random, rounds } = chosen(300);
  t.diagnostic(`LANDFALL_SEED=${random.seed} LANDFALL_ROUNDS=${rounds}`);
  const requests = anyRequests(random, rounds);
  const before = [await around(shop), await otherUnits(shop)].flat();
  const answers = await served(requests);
  assert.equal(answers.length, requests.length);
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
