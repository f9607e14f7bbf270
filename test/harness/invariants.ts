import assert from 'node:assert/strict';
import { Client, defaultPayloadConverter } from '@temporalio/client';
import { connectAs, settingsOf } from './engine/connect';
import type { TestHost } from './hosts';
import type { World } from './world';

/** A world, or one of its hosts. */
type OnHost = { host: TestHost };

/** The invariants of a host after every deploy. Independent of the workflow. */
export async function expectTidy(world: OnHost, expected: { live: string | null }): Promise<void> {
  assert.equal(await liveRelease(world), expected.live, 'the release that runs');
  const { stdout: partial } = await world.host.root(
    'find /srv/shop -maxdepth 2 -name ".partial*" -o -name "*.new"',
  );
  assert.equal(partial, '', 'no half release');
  assert.deepEqual(
    await releaseDirectories(world),
    await releaseRecords(world),
    'every release is whole and known',
  );
  const { stdout: jobs } = await world.host.root(
    "systemctl list-units --all --plain --no-legend 'landfall-job-*'",
  );
  assert.equal(jobs, '', 'no stray unit');
  const { stdout: strays } = await world.host.root(
    `for pid in $(pgrep -u shop); do grep -qE '/shop(@[^/]*)?\\.service' /proc/$pid/cgroup || tr '\\0' ' ' < /proc/$pid/cmdline; done`,
  );
  assert.equal(strays, '', 'no stray process of the service’s user');
  const { stdout: overrides } = await world.host.root(
    'ls /run/systemd/system.control 2>/dev/null | grep shop',
  );
  assert.equal(overrides, '', 'the live unit is the boot unit');
}

/**
 * Which release the service's main process was started from; null: nothing runs. Asked of the process itself.
 * Waits for a release that only finishes its requests; fails when two keep running.
 */
export async function liveRelease(world: OnHost): Promise<string | null> {
  const { stdout } = await world.host.root(
    `while systemctl list-units --plain --no-legend 'shop@*.service' | grep -q deactivating; do sleep 0.05; done
    for pid in $(systemctl show -p MainPID --value shop.service 'shop@*.service'); do
      [ "$pid" = 0 ] || tr '\\0' '\\n' < /proc/$pid/environ | sed -n 's/^LANDFALL_RELEASE=//p'
    done`,
  );
  const [live, another] = stdout.split('\n').filter((line) => line !== '');
  assert.equal(another, undefined, `one release alone is live: ${live}`);
  return live ?? null;
}

/** The release of a commit, as its directory is called; fails when there is not exactly one. */
export async function releaseOf(world: OnHost, commit: string): Promise<string> {
  const found = (await releaseDirectories(world)).filter((name) => name.endsWith(commit.slice(0, 7)));
  assert.equal(found.length, 1, `one release of ${commit.slice(0, 7)} among ${found.join(', ') || 'none'}`);
  return found[0] ?? '';
}

export async function releaseDirectories(world: OnHost): Promise<string[]> {
  const { stdout } = await world.host.root('ls -A /srv/shop/releases');
  return stdout.split('\n').filter((name) => name !== '');
}

async function releaseRecords(world: OnHost): Promise<string[]> {
  const { stdout } = await world.host.root('ls -A /var/lib/landfall/shop/releases');
  return stdout
    .split('\n')
    .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
}

/** No value of the service's environment file may be in what people see or in what the engine keeps. */
export async function expectNoSecret(world: World, ...outputs: string[]): Promise<void> {
  const { password } = new URL(world.host.databaseUrl);
  await expectNowhere(world, [password], ...outputs);
}

/** The same of any texts. */
export async function expectNowhere(world: World, secrets: string[], ...outputs: string[]): Promise<void> {
  const histories = await historiesAsText(world);
  for (const secret of secrets) {
    assert.ok(secret.length >= 8, 'a secret that can be looked for');
    for (const output of outputs) assert.ok(!output.includes(secret), 'no secret in the output');
    assert.ok(!histories.includes(secret), 'no secret in workflow history');
  }
}

/** All histories of the engine with their payloads decoded. */
async function historiesAsText(world: World): Promise<string> {
  const { namespace } = world.engine;
  const connection = await connectAs(settingsOf(world.engine));
  try {
    const client = new Client({ connection, namespace });
    const texts: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      texts.push(JSON.stringify(readable(history)));
    }
    return texts.join('\n');
  } finally {
    await connection.close();
  }
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

function readable(value: unknown): unknown {
  if (isPayload(value)) return defaultPayloadConverter.fromPayload(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]));
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'data' in value;
}
