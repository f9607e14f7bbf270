import { execFile } from 'node:child_process';
import { output } from '../../output/output';
import { logFormFrom, logToStandardError } from '../../temporal/runtime';
import { createWorker, workerOptionsFrom } from '../../worker';

/** `landfall worker`: the controller's worker for an engine that runs elsewhere. @returns the exit code */
export async function workerCommand(): Promise<number> {
  logToStandardError(logFormFrom(process.env));
  await runWorker();
  return 0;
}

/** Runs a worker until SIGINT or SIGTERM. The next worker takes over what still runs. @param isReady called at its start */
export async function runWorker(isReady: () => void = () => undefined): Promise<void> {
  const running = await createWorker(workerOptionsFrom(process.env));
  output.say('Worker: ready. Stop it with Ctrl-C. A running deploy continues with the next worker.');
  tellSystemd();
  isReady();
  try {
    await running.run();
  } finally {
    await running.close();
  }
}

/** A unit with `Type=notify` has started from now on. Node itself has no sockets of that kind. */
function tellSystemd(): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  execFile('systemd-notify', ['--ready'], (error) => {
    if (error !== null)
      output.complain(`systemd did not take the notice that the worker is ready: ${error.message}`);
  });
}
