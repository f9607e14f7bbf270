import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { output } from '../output/output';
import { isExpected, type LogForm, logLines } from './log-line';

/**
 * Warnings and errors on standard error: above all that a run cannot go on, which nothing else tells. What
 * steps and runs foresee is left out. Once per process, before anything else of the SDK.
 * @param form `LANDFALL_LOG=json` asks for JSON
 */
export function logToStandardError(form: LogForm): void {
  const write = (entry: LogEntry) => {
    if (!isExpected(entry)) output.complain(...logLines(entry, form));
  };
  // Of the libraries below it only errors: they warn of what is tried again.
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('WARN', write),
    telemetryOptions: { logging: { forward: {}, filter } },
  });
}

/** Anything but `json` is text. */
export function logFormFrom(env: NodeJS.ProcessEnv): LogForm {
  return env.LANDFALL_LOG === 'json' ? 'json' : 'text';
}
