import { fail } from '../failures';
import { RESTART_LIMIT_SECONDS } from '../host/limits';
import type { Dependencies } from './dependencies';
import { eventually } from './eventually';
import { unitInWords } from './readiness';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';

/**
 * The rollback of a first deploy: nothing running, nothing enabled. Safe to run twice.
 * @throws CommandFailed when the process does not go
 */
export function stopService(dependencies: Dependencies) {
  return (input: Claimed): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      // Asked again until it says so: only then the unit is gone too.
      const stopped = await eventually(RESTART_LIMIT_SECONDS, async () => {
        const answer = await call('stop', { claim: claimOf(input) });
        return answer.stopped ? true : null;
      });
      if (stopped === null) {
        const unit = await call('observe', { address: null });
        throw fail(
          'CommandFailed',
          `The service on ${input.host.name} does not stop: ${unitInWords(unit)}.`,
          {
            host: input.host.name,
            advice: `Stop it by hand: systemctl kill -s KILL ${unit.unit}`,
          },
        );
      }
      return { note: 'nothing runs, nothing is enabled' };
    });
}
