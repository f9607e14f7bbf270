/** Many requests on one host, without the start of a program and a login for each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL } from '../../src/contract/contract';
import { packageRoot } from '../../src/package-root';
import { policy, ServiceHost } from '../host/landfall-host/service-host';
import { READY } from './request-kinds';

const PROGRAM = '/root/serve-requests.py';
const ERROR_TYPES = [
  'InvalidRequest',
  'InvalidInput',
  'SetupNeeded',
  'Fenced',
  'CommandFailed',
  'NoSpace',
  'Busy',
];

/** A failure of the program itself, and not a refusal: what Python calls its exceptions. */
const DEFECT = /landfall-host failed|Traceback|\b[A-Z]\w*(Error|Exception)\b/;

export interface Served {
  answer: string;
  error: string;
  code: number;
}

/** The fault of an answer; null: none. */
export function problemOf({ answer, error, code }: Served): string | null {
  if (code !== 0 || error !== '') return `ended with ${code}: ${error}`;
  if (!answer.endsWith('\n') || answer.trimEnd().includes('\n')) return `is not one line: ${answer}`;
  const parsed = JSON.parse(answer);
  if (parsed.protocol !== PROTOCOL) return 'speaks another protocol';
  if (parsed.ok === true) return parsed.result === undefined ? 'has no result' : null;
  const { type, message } = parsed.error;
  if (!ERROR_TYPES.includes(type)) return `has the unknown error type ${type}`;
  if (typeof message !== 'string' || message.length > 2_000) return 'has no readable message';
  return DEFECT.test(message) ? message : null;
}

/** Boots a host on which requests can be served, with a second service next to `shop`. */
export async function startServing(): Promise<ServiceHost> {
  const shop = await ServiceHost.start();
  const cart = { ...policy, service: 'cart', user: 'cart', base: '/srv/cart', unit: 'cart.service' };
  await shop.setup({ policy: { ...cart, envFiles: [] } });
  // The token with which the server of these tests reports to systemd.
  await shop.root('echo TOKEN=hidden-token > /etc/shop.env');
  const program = readFileSync(join(packageRoot(), 'test', 'security', 'serve-requests.py'));
  await shop.root(`base64 -d > ${PROGRAM} <<'END'\n${program.toString('base64')}\nEND`);
  return shop;
}

/** Serves them in turn on the host, as its helper would. */
export async function served(shop: ServiceHost, requests: Buffer[]): Promise<Served[]> {
  const lines = [
    JSON.stringify({ ready: READY.map((each) => each.toString('base64')) }),
    ...requests.map((each) => JSON.stringify({ request: each.toString('base64') })),
  ];
  const limit = { input: `${lines.join('\n')}\n`, timeoutSeconds: 60 + requests.length };
  const ran = await shop.host.root(`python3 -I ${PROGRAM}`, limit);
  assert.equal(ran.code, 0, ran.stderr);
  const answers = ran.stdout.trimEnd().split('\n');
  assert.equal(answers.length, requests.length);
  return answers.map((line) => JSON.parse(line));
}
