import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Strategy } from '../harness/world';
import type { FaultName } from './fault-kinds';
import { faultRun } from './fault-run';
import { FaultLab, type Scenario } from './lab';
import { lineFor } from './report';

/**
 * Where each kind of fault bites most; all of them at every step: `npm run test:faults`. A lost connection, a lost
 * client, a cancelled deploy and a run that is terminated are in `test/e2e`: ssh-outages, clients, operators, doctor.
 */
const SELECTION: Record<Strategy, [FaultName, Scenario, string][]> = {
  overlap: [
    ['request killed', 'good', 'switchRelease'],
    ['one of two workers killed', 'good', 'startRelease'],
    ['engine killed', 'good', 'markGood'],
    ['host rebooted', 'good', 'soak'],
  ],
  restart: [
    ['request killed', 'good', 'restart'],
    ['ssh reset', 'bad', 'restoreUnit'],
    ['host rebooted', 'bad', 'awaitReady'],
  ],
};

export function selectedFaults(strategy: Strategy): void {
  describe(`whatever dies in between, with strategy ${strategy}`, () => {
    let lab: FaultLab;
    before(async () => {
      // Without a migration the start alongside proves the import.
      lab = await FaultLab.start(strategy, strategy === 'restart');
    });
    after(() => lab?.stop());

    for (const [fault, scenario, step] of SELECTION[strategy]) {
      it(`${fault} at ${step} of a ${scenario} release: nothing is lost`, async () => {
        const result = await faultRun(lab, { strategy, scenario, faults: [{ fault, at: step, after: 0 }] });
        assert.deepEqual(result.violations, [], lineFor(result, 1));
        assert.equal(result.injected[0]?.step, step, 'the fault struck');
      });
    }
  });
}
