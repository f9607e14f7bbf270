import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Finding, findingOf, withinResult } from '../../../src/deployment/finding';
import type { Inspection } from '../../../src/deployment/inspection';
import { hostTarget, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY, OPEN_CLAIM } from '../../harness/inspections';

const written = { settings: settings(), bind: hostTarget('web1').bind };
const found = (changes: Partial<Inspection>) =>
  findingOf({ ...LIVE_AND_READY, ...changes }, written, { host: 'web1', hosts: ['web1'] });
const all = (count: number, each: (at: number) => Finding) =>
  Array.from({ length: count }, (_, at) => [`web${at}`, each(at)] as const);
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** The engine refuses a result of more. */
const MOST_BYTES = 2_000_000;

describe('the findings of the doctor', () => {
  it('are whole where hosts are few', () => {
    const few = all(20, () => found({ leftovers: ['x'.repeat(900), 'y'] }));
    assert.deepEqual(withinResult(few), Object.fromEntries(few));
  });

  it('warn of a checkout that the next deploy would not move', () => {
    const checkout = { head: 'a'.repeat(40), changes: ['main.py'], units: [], problem: null, advice: null };
    const finding = found({ checkout });
    assert.ok('seen' in finding && finding.plan.well);
    assert.match(finding.seen.warnings.join(), /on web1 has local changes, .*: main\.py\. Commit and push/);
  });

  it('fit into a result with 1,000 hosts that have much to say', () => {
    const long = '€'.repeat(2_000);
    const claim = { ...OPEN_CLAIM, by: long };
    const texts = [long, long, long];
    const reason = { type: 'HostUnreachable', message: long, host: 'web1', advice: long } as const;
    const trouble = (at: number) =>
      at % 2 === 0
        ? found({ ready: false, why: long, claim, leftovers: texts, warnings: texts })
        : { problem: reason };
    const findings = withinResult(all(1_000, trouble));
    assert.equal(Object.keys(findings).length, 1_000);
    assert.ok(sizeOf(findings) < MOST_BYTES, `${sizeOf(findings)}`);
  });

  it('are 600 bytes of each host that is well', () => {
    const findings = withinResult(all(1_000, () => found({})));
    assert.ok(sizeOf(findings) < 600_000, `${sizeOf(findings)}`);
  });

  it('keep the texts of hosts in trouble whole, and the order of the hosts', () => {
    const leftovers = ['x'.repeat(200), 'y', 'z'];
    const findings = withinResult(
      all(1_000, (at) => (at === 999 ? found({ leftovers }) : found({ warnings: leftovers }))),
    );
    const seen = (name: string) => {
      const finding = findings[name];
      return finding !== undefined && 'seen' in finding ? finding.seen : null;
    };
    assert.deepEqual(Object.keys(findings).slice(-2), ['web998', 'web999']);
    assert.deepEqual(seen('web999')?.leftovers, leftovers);
    assert.deepEqual(seen('web998')?.warnings, [`${'x'.repeat(120)}…`, '2 more']);
  });
});
