/** The script that shows the journal of a controller. Pure. */
import { ENGINE, UNITS, WORKER } from './layout';
import { PRELUDE } from './script';

export interface LogsOptions {
  /** `engine` or `worker`; absent: both. */
  unit?: string;
  /** How many of the newest lines. */
  lines: number;
  /** Whether new lines follow until the command is ended. */
  follow?: boolean;
}

export function logsScript({ unit, lines, follow }: LogsOptions): string {
  const units = unit === undefined ? UNITS : [unit === 'engine' ? ENGINE : WORKER];
  const words = [
    'exec journalctl --quiet --no-pager --output=short-iso',
    ...units.map((each) => `--unit=${each}`),
    `--lines=${lines}`,
    ...(follow === true ? ['--follow'] : []),
  ];
  return `${PRELUDE}\n${words.join(' ')}\n`;
}
