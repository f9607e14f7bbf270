import { join } from 'node:path';

/** The environment of a process whose clock is so many hours off. */
export function clockOffBy(hours: number): NodeJS.ProcessEnv {
  const file = join(__dirname, 'shifted-clock.js');
  return { NODE_OPTIONS: `--require ${file}`, CLOCK_IS_OFF_BY_HOURS: String(hours) };
}
