import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { type DevEngine, startDevEngine } from '../../../src/temporal/dev-engine';
import { readRecord } from '../../../src/temporal/engine-record';
import { freePort } from '../../../src/temporal/free-port';
import { ensureTemporal } from '../../harness/engine/build-temporal';
import { childrenOf } from '../../harness/hosts/processes';
import { httpRequest } from '../../harness/http-request';
import { until } from '../workflows/behaviours';

const EVIL = 'http://evil.example';
/** A request that would start a workflow. A browser sends it as text from any page, without a preflight. */
const START = JSON.stringify({ workflowType: { name: 'deploy' }, taskQueue: { name: 'landfall' } });
const path = (id: string) => `/api/v1/namespaces/default/workflows/${id}`;

describe('a web page that is open on the machine of the embedded engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-web-pages-'));
  const database = join(folder, 'temporal.db');
  let engine: DevEngine;
  let client: Client;
  let ui: string;
  before(async () => {
    const executable = await ensureTemporal((line) => console.error(line));
    const [port, uiPort] = [await freePort(), await freePort()];
    engine = await startDevEngine({ database, port, uiPort, executable, progress: () => undefined });
    ui = engine.uiUrl ?? assert.fail('it has no UI');
    client = new Client({ connection: await Connection.connect({ address: engine.address }) });
    // The UI's server tries its engine again only after a second when it was there first.
    await until(async () => (await httpRequest(`${ui}/api/v1/namespaces/default`)).status === 200);
  });
  after(async () => {
    await client?.connection.close();
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const expectNotStarted = (id: string) =>
    assert.rejects(client.workflow.getHandle(id).describe(), WorkflowNotFoundError);

  it("starts nothing through any port that the engine's process opens", async () => {
    const refusals: string[] = [];
    for (const at of await addressesOf(database)) {
      for (const host of [at, `evil.example:${at.split(':')[1]}`]) {
        const headers = { host, origin: EVIL, 'content-type': 'text/plain' };
        const asked = httpRequest(`http://${at}${path('crossed')}`, { method: 'POST', headers, body: START });
        const answer = await asked.catch(() => null);
        assert.ok(answer === null || answer.status >= 400, `${at} as ${host}: ${answer?.status}`);
        refusals.push(answer?.body ?? '');
      }
    }
    // The HTTP API is among them, and refuses for that reason.
    assert.equal(refusals.filter((body) => body.includes('Host not allowed')).length, 2);
    await expectNotStarted('crossed');
  });

  it("cannot guess where the UI's own server listens", { skip: process.platform !== 'linux' }, async () => {
    const record = await readRecord(database);
    assert.match(record?.ui?.host ?? '', /^127\.(?!0\.0\.1$)/);
    const { port } = record?.ui ?? assert.fail('it has no UI');
    await assert.rejects(httpRequest(`http://127.0.0.1:${port}/`), /ECONNREFUSED/);
  });

  it('gets nothing from the UI under a name of its own', async () => {
    const port = new URL(ui).port;
    for (const host of [`evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.evil.example`]) {
      const page = await httpRequest(ui, { headers: { host } });
      assert.equal(page.status, 403, host);
      assert.match(page.body, /answers only to 127\.0\.0\.1 and localhost, not to /);
      assert.equal((await httpRequest(`${ui}/api/v1/namespaces`, { headers: { host } })).status, 403);
    }
  });

  it('starts nothing through the UI', async () => {
    const host = new URL(ui).host;
    const { token, cookie } = await csrf(host);
    for (const more of [
      { origin: EVIL },
      { origin: 'null' },
      { origin: `http://localhost:1` },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      { host: `evil.example:${new URL(ui).port}`, origin: `http://evil.example:${new URL(ui).port}` },
      // The UI asks for no token where this header is.
      { origin: EVIL, authorization: 'Bearer x' },
    ]) {
      const headers = { host, cookie, 'x-csrf-token': token, 'content-type': 'application/json', ...more };
      const answer = await httpRequest(`${ui}${path('through-ui')}`, {
        method: 'POST',
        headers,
        body: START,
      });
      assert.equal(answer.status, 403, JSON.stringify(more));
    }
    await expectNotStarted('through-ui');
  });

  it('may be a page of the UI itself, also through a tunnel, or link to one', async () => {
    for (const host of [new URL(ui).host, 'localhost:9000']) {
      const { token, cookie, body } = await csrf(host);
      assert.match(body, /<!doctype html>/i);
      const id = `from-${host}`;
      const headers = {
        host,
        origin: `http://${host}`,
        cookie,
        'x-csrf-token': token,
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
      };
      const started = await httpRequest(`${ui}${path(id)}`, { method: 'POST', headers, body: START });
      assert.equal(started.status, 200, started.body);
      await client.workflow.getHandle(id).terminate();
    }
    const link = { host: new URL(ui).host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    assert.equal((await httpRequest(`${ui}/namespaces`, { headers: link })).status, 200);
  });

  /** The token with which a page of the UI may change something. */
  async function csrf(host: string): Promise<{ token: string; cookie: string; body: string }> {
    const { headers, body } = await httpRequest(ui, { headers: { host } });
    const cookie = (headers['set-cookie']?.find((one) => one.startsWith('_csrf=')) ?? '').split(';')[0] ?? '';
    assert.notEqual(cookie, '');
    return { token: cookie.slice('_csrf='.length), cookie, body };
  }
});

/** Where the process that serves a database listens, as `address:port`. */
async function addressesOf(database: string): Promise<string[]> {
  const pid = childrenOf(process.pid).find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(database),
  );
  assert.ok(pid !== undefined);
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const found = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state !== '0A' || !sockets.includes(`socket:[${inode}]`)) return [];
      const [address = '', port = ''] = local.split(':');
      const bytes = [...Buffer.from(address, 'hex')].reverse();
      return [`${bytes.join('.')}:${Number.parseInt(port, 16)}`];
    });
  assert.ok(found.length > 2, found.join(', '));
  return found;
}
