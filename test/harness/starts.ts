import { setTimeout as delay } from 'node:timers/promises';
import { answerAt } from './answer';
import type { World } from './world';

/** Everything that would differ after any restart of the service or of one of its workers. */
export async function startOf(world: World): Promise<string> {
  const { stdout } = await world.host.root(
    'systemctl show shop.service -p MainPID,InvocationID,NRestarts,ActiveState,NeedDaemonReload,FragmentPath,UnitFileState; pgrep -u shop',
  );
  return stdout;
}

/** The answers that users got during some work: how often each status, 0 for no answer. */
export async function answersDuring<T>(
  world: World,
  work: () => Promise<T>,
): Promise<{ result: T; statuses: number[] }> {
  const statuses = new Set<number>();
  let over = false;
  const asking = (async () => {
    while (!over) {
      const { status } = await answerAt(`http://${world.host.address}:8000/health/ready`);
      statuses.add(status);
      await delay(50);
    }
  })();
  try {
    return { result: await work(), statuses: [...statuses] };
  } finally {
    over = true;
    await asking;
  }
}
