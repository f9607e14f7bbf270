import { Load, type LoadReport, now, type Rates } from '../../bench/load';
import type { TestHost } from './hosts';

/** Enough to meet every moment of a switch, and little enough for two processors that also deploy. */
export const SOME_USERS: Rates = { fresh: 40, kept: 40, slow: 10 };

/** How long users continue after the work, so that its effects are seen. Milliseconds. */
const AFTERWARDS = 1500;

/**
 * The experience of users during some work on a host. They use new connections, kept ones and requests that take a
 * second, all at the same time, without retries.
 */
export async function usersMeanwhile<T>(
  host: TestHost,
  work: () => Promise<T>,
  rates: Rates = SOME_USERS,
): Promise<{ result: T; users: LoadReport }> {
  const load = await Load.begin();
  try {
    load.start({ host: host.address, port: 8000, paths: { quick: '/', slow: '/slow' } }, rates);
    const from = now();
    const result = await work();
    const users = await load.report({ from, to: now() + AFTERWARDS });
    await load.stop();
    return { result, users };
  } finally {
    await load.end();
  }
}
