/** The time limits of landfall.yaml, as a sentence names one that is met. Pure. */
import { inLargestUnit, inSeconds, type Milliseconds } from '../config/units';

/** The keys, and what they limit. `docs/configuration.md` says what follows when one is met. */
export const TIME_LIMITS = {
  'preImport.timeout': 'the import',
  'rehearse.timeout': 'the rehearsal',
  'migrate.timeout': 'the migration',
  installTimeout: 'the installation',
  'build.timeout': 'all commands of the build',
  'readiness.timeout': 'the way to readiness',
  'readiness.requestTimeout': 'one request',
  'readiness.tolerance': 'bad answers',
  'gunicorn.timeout': 'a silent worker',
  'gunicorn.gracefulTimeout': 'the end of the old release',
  'processes.<name>.ready.timeout': 'the start of a process',
  'processes.<name>.stable': 'the start of a process',
  'processes.<name>.drain': 'the end of a process',
  'soak.commandTimeout': 'a command of the soak',
  'rollback.keepTrying': 'a host that cannot be reached',
} as const;

/** As in `landfall_gate/settings.py` and `rehearse.py`. */
const MOST_OVERTIME_MS = 20_000;

/** `within 60 s (readiness.timeout)` */
export function within(limit: Milliseconds, key: string): string {
  return `within ${inSeconds(limit)} (${key})`;
}

/** The next step where the work may only have needed more time. */
export function raise(key: string, limit: Milliseconds): string {
  return `If it only needs more time, raise ${key}, which is ${inLargestUnit(limit)}.`;
}

/** The wait beyond a limit, after which a refusal can say how long it took. */
export function overtime(limit: Milliseconds): Milliseconds {
  return Math.floor(Math.min(limit / 2, MOST_OVERTIME_MS));
}

/** The next step for work that took so long, which is more than its limit. */
export function enough(key: string, took: Milliseconds): string {
  return `Raise ${key}, for example to ${Math.ceil((took * 1.5) / 1_000)}s.`;
}

/** The words of the gate and the rehearsal: `not ready within 10 s (readiness.timeout), but after 14.2 s`. */
const SLOW_ANSWER = /, but an answer took ([\d.]{1,9}) s, more than [\d.]+ s \(readiness\.requestTimeout\)/;
const MET =
  /not ready within ([\d.]{1,9}) s \((readiness|rehearse)\.timeout\)(?:, but after ([\d.]{1,9}) s)?/;

/** The next step after words of a gate or a rehearsal that name a met limit; null: they name none. */
export function adviceOnLimit(words: string): string | null {
  const [, slow] = SLOW_ANSWER.exec(words) ?? [];
  if (slow !== undefined) return enough('readiness.requestTimeout', Number(slow) * 1_000);
  const [, limit, of, after] = MET.exec(words) ?? [];
  if (limit === undefined) return null;
  const key = `${of}.timeout`;
  return after === undefined ? raise(key, Number(limit) * 1_000) : enough(key, Number(after) * 1_000);
}

/** The key of a command's time limit. Its two keys differ in this one word: `migrate.memory`, `installMemory`. */
export function timeKeyOf(memoryKey: string): string {
  return memoryKey.replace(/memory$/, 'timeout').replace(/Memory$/, 'Timeout');
}
