import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './world';

/** Everything that would differ after any restart of the service or of one of its workers. */
export async function startOf(world: World): Promise<string> {
  const { stdout } = await world.host.root(
    'systemctl show shop.service -p MainPID,InvocationID,NRestarts,ActiveState,NeedDaemonReload,FragmentPath,UnitFileState; pgrep -u shop',
  );
  return stdout;
}

/** What users were answered while something went on: how often each status, 0 for no answer. */
export async function answersDuring<T>(
  world: World,
  work: () => Promise<T>,
): Promise<{ result: T; statuses: number[] }> {
  const statuses = new Set<number>();
  let over = false;
  const asking = (async () => {
    while (!over) {
      statuses.add(await statusOf(`http://${world.host.address}:8000/health/ready`));
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

/**
 * Patient: on a busy machine a slow answer is none of a deploy's doing. On a connection of its own,
 * because one that was kept may have been closed by the service meanwhile, as is its right.
 */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 20_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('timeout', () => request.destroy());
    request.on('close', () => resolve(0));
    request.on('error', () => resolve(0));
  });
}
