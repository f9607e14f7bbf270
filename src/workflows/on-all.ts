import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs something for all hosts side by side. At the first failure the others are asked to stop;
 * it returns only when all of them have ended, so that no step still acts when the undo begins.
 * @throws the first failure
 */
export async function onAll<T>(hosts: T[], work: (host: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const scope = new CancellationScope();
  await scope.run(() =>
    Promise.all(
      hosts.map(async (host) => {
        try {
          await work(host);
        } catch (error) {
          failures.push(error);
          scope.cancel();
        }
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
