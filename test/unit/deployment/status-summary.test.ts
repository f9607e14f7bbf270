import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostList } from '../../../src/deployment/host-list';
import type { HostFact, HostState } from '../../../src/deployment/status';
import { statusMarkdown } from '../../../src/deployment/status-markdown';
import { pageOf, stateCounts, summarized, unreachableIn } from '../../../src/deployment/status-summary';
import { status } from '../cli/status';

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function hostsOf(count: number, fact: (at: number) => Partial<HostFact>): Record<string, HostFact> {
  const facts = Array.from({ length: count }, (_, at) => ({
    state: 'good' as HostState,
    live: '4-1a2b3c4',
    problem: null,
    ...fact(at),
  }));
  return Object.fromEntries(facts.map((each, at) => [`web${at}`, each]));
}

describe('the summary of a status', () => {
  it('is the status itself where hosts are few', () => {
    const few = status({ hosts: hostsOf(20, () => ({ problem: 'x'.repeat(900) })) });
    assert.deepEqual(summarized(few), few);
  });

  it('stays small with 5,000 hosts that have much to say, and so does its Markdown', () => {
    const long = '"\u0001ü\u{1f600}'.repeat(10_000);
    const reason = { type: 'NotReady', message: long, host: 'web1', advice: long } as const;
    const many = status({
      reason,
      trouble: reason,
      decisions: Array(1_000).fill(`retry by ${'x'.repeat(200)}`),
      hosts: hostsOf(5_000, () => ({ state: 'needs-operator', problem: long, repaired: long })),
    });
    const summary = summarized(many);
    assert.ok(sizeOf(summary) < 256_000, `${sizeOf(summary)}`);
    assert.ok(sizeOf(statusMarkdown(summary)) < 256_000, `${sizeOf(statusMarkdown(summary))}`);
  });

  it('is 10 kB for 5,000 hosts about which nothing is to be said', () => {
    assert.ok(sizeOf(summarized(status({ hosts: hostsOf(5_000, () => ({})) }))) < 10_000);
  });

  it('names the hosts in trouble first, and counts the others by their state', () => {
    const special: Record<number, Partial<HostFact>> = {
      900: { state: 'unknown' },
      901: { state: 'unreachable', problem: 'no answer' },
      902: { problem: 'not tidied up' },
      903: { state: 'needs-operator', problem: 'no room' },
      904: { repaired: 'restored' },
    };
    const summary = summarized(status({ hosts: hostsOf(1_000, (at) => special[at] ?? {}) }));
    const names = Object.keys(summary.hosts);
    assert.deepEqual(names.slice(0, 7), ['web903', 'web901', 'web900', 'web902', 'web904', 'web0', 'web1']);
    assert.equal(names.length, 50);
    assert.deepEqual(summary.others, { good: 950 });
    assert.equal(stateCounts(summary).get('good'), 997);
  });

  it('counts hosts of a kind that are more than it names', () => {
    const summary = summarized(
      status({ hosts: hostsOf(300, (at) => ({ state: at % 2 === 0 ? 'unreachable' : 'restored' })) }),
    );
    const { names, others } = unreachableIn(summary);
    assert.deepEqual([names.length, others], [50, 100]);
    assert.deepEqual(summary.others, { unreachable: 100, restored: 150 });
  });

  it('says in Markdown how many hosts there are, and where the rest is', () => {
    const lines = statusMarkdown(summarized(status({ hosts: hostsOf(1_000, () => ({})) }))).split('\n');
    assert.deepEqual(lines.slice(-2), [
      'The table shows 50 of 1000 hosts: 1000 good.',
      'The query `status` with `{"from":0,"count":100}` answers with all of them.',
    ]);
  });
});

describe('a page of a status', () => {
  const many = status({ hosts: hostsOf(450, () => ({})) });

  it('has the hosts in the order of landfall.yaml, and the number of all', () => {
    const { hosts, total } = pageOf(many, 200, 3);
    assert.deepEqual([Object.keys(hosts), total], [['web200', 'web201', 'web202'], 450]);
  });

  it('has 100 hosts at most, and is empty beyond the last host', () => {
    assert.equal(Object.keys(pageOf(many, 0, 5_000).hosts).length, 100);
    assert.deepEqual(pageOf(many, 450, 100), { hosts: {}, total: 450 });
  });

  it('stays within what the engine takes, whatever hosts say', () => {
    const long = '\u0001'.repeat(1_000_000);
    const page = pageOf(status({ hosts: hostsOf(5_000, () => ({ problem: long, repaired: long })) }), 0, 200);
    assert.ok(sizeOf(page) < 2_000_000, `${sizeOf(page)}`);
  });
});

describe('a list of hosts in a sentence', () => {
  it('names a few, and counts the rest', () => {
    const names = Array.from({ length: 30 }, (_, at) => `w${at}`);
    assert.equal(hostList(['a', 'b'], 0, ' and '), 'a and b');
    assert.equal(hostList(['a'], 1), 'a and 1 more host');
    assert.equal(hostList([], 3), '3 hosts');
    assert.match(hostList(names, 5), /^w0, w1, .*w19 and 15 more hosts$/);
  });
});
