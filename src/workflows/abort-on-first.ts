import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs work for all items at once, mostly hosts. At the first failure the others are cancelled. The function returns
 * only when all of them have ended, so no step still acts when the undo begins.
 * @throws the first failure
 */
export async function abortOnFirst<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const scope = new CancellationScope();
  await scope.run(() =>
    Promise.all(
      all.map(async (one) => {
        try {
          await work(one);
        } catch (error) {
          failures.push(error);
          scope.cancel();
        }
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
