import { fail } from '../failures';
import type { Dependencies } from './dependencies';
import { eventually } from './eventually';
import { unitInWords } from './readiness';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';

export interface StopServiceInput extends Claimed {
  stopTimeoutSeconds: number;
}

const MARGIN_SECONDS = 15;

/**
 * The rollback of a first deploy: nothing running, nothing enabled. Safe to run twice.
 * @throws CommandFailed when the process does not go
 */
export function stopService(dependencies: Dependencies) {
  return (input: StopServiceInput): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      await call('stop', { claim: claimOf(input) });
      let last = '';
      const stopped = await eventually(input.stopTimeoutSeconds + MARGIN_SECONDS, async () => {
        const unit = await call('observe', { address: null });
        last = unitInWords(unit);
        return unit.mainPid === 0 && !['deactivating', 'activating', 'active'].includes(unit.active)
          ? true
          : null;
      });
      if (stopped === null) {
        throw fail('CommandFailed', `The service on ${input.host.name} does not stop: ${last}.`, {
          host: input.host.name,
          advice: 'Stop it by hand, then choose: landfall decide accept.',
        });
      }
      return { note: 'nothing runs, nothing is enabled' };
    });
}
