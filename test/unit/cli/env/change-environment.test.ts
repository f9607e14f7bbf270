import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, changeEnvironment } from '../../../../src/cli/env/change-environment';
import type { Answered } from '../../../../src/cli/env/service-hosts';
import type { Verbs } from '../../../../src/contract/contract-types';
import { hostTarget } from '../../../harness/deploy-input';

type Asks = Verbs['env-set']['request'];
type Changed = Verbs['env-set']['result'];

/** Hosts that keep versions as the helper does; `before` is called before each request. */
function hostsWith(newest: Record<string, number>, before: (host: string, asked: Asks) => string | null) {
  const versions = new Map(Object.entries(newest));
  const made: string[] = [];
  const ask = async (name: string, asked: Asks): Promise<Answered<Changed>> => {
    const failed = before(name, asked);
    if (failed !== null) return { host: name, failed };
    const now = versions.get(name) ?? 0;
    const moved = asked.base !== now;
    const number = Math.max(now + 1, asked.number);
    if (asked.apply && !moved) {
      versions.set(name, number);
      made.push(`${name} ${number}`);
    }
    const words = { added: [], changed: ['A'], removed: [], missing: [], files: [] };
    return { host: name, answer: { moved, before: now, number, ...words } };
  };
  const hosts = Object.keys(newest).map((name) => hostTarget(name));
  const asked = {
    hosts,
    ask: (host: { name: string }, _verb: string, request: Asks) => ask(host.name, request),
    askAll: (_verb: string, request: Asks) => Promise.all(hosts.map(({ name }) => ask(name, request))),
  } as unknown as Asked;
  return { asked, made, versions };
}

const CHANGE = { set: { A: 'secret' }, unset: [], by: 'tests' };

test('all hosts that change get the same number, also when one is behind', async () => {
  const { asked, made } = hostsWith({ web1: 6, web2: 3 }, () => null);
  const { checked, done } = await changeEnvironment(asked, CHANGE);
  assert.equal(checked, null);
  assert.equal(done.length, 2);
  assert.deepEqual(made, ['web1 7', 'web2 7']);
});

test('nothing is changed anywhere while a host cannot be asked', async () => {
  const { asked, made } = hostsWith({ web1: 1, web2: 1 }, (host) => (host === 'web2' ? 'is away' : null));
  const { checked, done } = await changeEnvironment(asked, CHANGE);
  assert.deepEqual(checked?.at(1), { host: 'web2', failed: 'is away' });
  assert.deepEqual([done, made], [[], []]);
});

test('a host that is lost in between is named, and the others have the change', async () => {
  const lost = (host: string, { apply }: Asks) => (host === 'web2' && apply ? 'is away' : null);
  const { asked, made } = hostsWith({ web1: 1, web2: 1, web3: 1 }, lost);
  const { checked, done } = await changeEnvironment(asked, CHANGE);
  assert.equal(checked, null);
  assert.deepEqual(done.at(1), { host: 'web2', failed: 'is away' });
  assert.deepEqual(made, ['web1 2', 'web3 2']);
});

test('a change that came in between is kept: this one is made on top of it', async () => {
  let others = 2;
  const { asked, made, versions } = hostsWith({ web1: 1 }, (host, { apply }) => {
    if (apply && others-- > 0) versions.set(host, (versions.get(host) ?? 0) + 1);
    return null;
  });
  await changeEnvironment(asked, CHANGE);
  assert.deepEqual(made, ['web1 4']);
});

test('a host where changes never end is told, and the command may be run again', async () => {
  const { asked, versions } = hostsWith({ web1: 1 }, (host, { apply }) => {
    if (apply) versions.set(host, (versions.get(host) ?? 0) + 1);
    return null;
  });
  const { done } = await changeEnvironment(asked, CHANGE);
  const [told] = done;
  assert.ok(told !== undefined && 'failed' in told);
  assert.match(told.failed, /Run the same command again\./);
});
