import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../../src/deployment/inspection';
import { liveCommit } from '../../../../src/deployment/plan/live-release';
import { LIVE_AND_READY } from '../../../harness/inspections';

const COMMIT = 'a'.repeat(40);
const good = { ...LIVE_AND_READY, live: '2-aaaaaaa', liveCommit: COMMIT, lastGood: '2-aaaaaaa' };

test('the commit that is live and good on all hosts is restarted', () => {
  const hosts = ['web1', 'web2'].map((name) => ({ name, seen: good }));
  assert.equal(liveCommit(hosts), COMMIT);
});

/** The second of two hosts, and why a restart is refused. */
const REFUSED: [seen: Inspection, message: RegExp][] = [
  [{ ...good, liveCommit: 'b'.repeat(40) }, /do not run the same commit \(web1: aaaaaaa, web2: bbbbbbb\)/],
  [{ ...good, lastGood: '1-bbbbbbb' }, /web2 runs 2-aaaaaaa, which never passed a deploy/],
  [{ ...good, abandoned: true }, /web2 runs 2-aaaaaaa, which never passed a deploy/],
  [{ ...good, running: false }, /web2 runs nothing, so there is no release to restart/],
  [{ ...good, live: null, liveCommit: null }, /web2 runs a unit that Landfall did not write/],
];

for (const [seen, message] of REFUSED) {
  test(`a restart is refused: ${message.source}`, () => {
    const hosts = [
      { name: 'web1', seen: good },
      { name: 'web2', seen },
    ];
    assert.throws(() => liveCommit(hosts), { message });
  });
}
