import { fail } from '../../deployment/failures';
import { RESTART_LIMIT_MS } from '../../host-agent/limits';
import { eventually } from '../eventually';
import { unitInWords } from '../observe/readiness';
import type { CallHost, OnHost } from '../step';

/**
 * Asks again until the host says that it has stopped: a unit may take as long as its own stop limit.
 * @param release whose unit is looked at when it does not; null: what serves
 * @throws CommandFailed when it does not stop at all
 */
export async function untilStopped(
  call: CallHost,
  { host }: OnHost,
  release: string | null,
  ask: () => Promise<{ stopped: boolean }>,
): Promise<void> {
  const stopped = await eventually(RESTART_LIMIT_MS, async () => ((await ask()).stopped ? true : null));
  if (stopped !== null) return;
  const unit = await call('observe', { address: null, release });
  throw fail('CommandFailed', `${unit.unit} on ${host.name} does not stop: ${unitInWords(unit)}.`, {
    host: host.name,
    advice: `Stop the unit by hand: systemctl kill -s KILL ${unit.unit}`,
  });
}
