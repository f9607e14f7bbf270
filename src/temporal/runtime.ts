import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { output } from '../output/output';
import { isExpected, type LogForm, logLines } from './log-line';

/**
 * Writes warnings and errors to standard error. The log alone reports a run that cannot continue. Expected
 * failures of steps and runs are left out. Call this once per process, before anything else of the SDK.
 * @param form `LANDFALL_LOG=json` asks for JSON
 */
export function logToStandardError(form: LogForm): void {
  const write = (entry: LogEntry) => {
    if (!isExpected(entry)) output.complain(...logLines(entry, form));
  };
  // Only errors of the libraries below: they warn of failures that they retry.
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
