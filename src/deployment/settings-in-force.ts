/** The settings with which a release will be started, each with its source. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Server } from '../config/resolved';
import type { OwnSettings } from './own-settings';
import { STANDARD } from './server';

type Own = keyof ServiceSettings['gunicorn'];

/** Name in words, key of landfall.yaml, name of Gunicorn, Landfall's default, unit. */
const OF_GUNICORN: [string, Own, string, number | null, string][] = [
  ['workers', 'workers', 'workers', STANDARD.workers, ''],
  ['threads', 'threads', 'threads', null, ''],
  ['timeout', 'timeout', 'timeout', 30, ' s'],
  ['graceful timeout', 'gracefulTimeout', 'graceful_timeout', STANDARD.gracefulTimeout / 1_000, ' s'],
];
const GTHREAD_THREADS = 4;
const PLAIN = /^[\w.+-]{1,20}$/;

/**
 * `workers 5 (gunicorn.conf.py), timeout 30 s`. A value without a source is Landfall's default. Environment files of the
 * host are not read here: the gate's note has the last word.
 */
export function settingsInForce(
  { gunicorn: written }: ServiceSettings,
  own: OwnSettings,
  server: Server,
): string {
  if (server.name !== 'gunicorn') return `graceful timeout ${server.stop / 1_000} s`;
  const threaded = (server.workerClass ?? server.standardClass) === 'gthread';
  return OF_GUNICORN.flatMap(([words, key, name, standard, unit]) => {
    const value = written[key];
    if (typeof value === 'number') {
      const shown = unit === '' ? value : value / 1_000;
      return [`${words} ${shown}${unit} (landfall.yaml)`];
    }
    const source = own.from[name];
    const theirs = own.values[name];
    if (source !== undefined && own.computed.includes(name)) return [`${words} as ${source} computes`];
    if (source !== undefined && theirs !== undefined && PLAIN.test(theirs))
      return [`${words} ${theirs}${unit} (${source})`];
    const usual = name === 'threads' && threaded ? GTHREAD_THREADS : standard;
    return usual === null ? [] : [`${words} ${usual}${unit}`];
  }).join(', ');
}
