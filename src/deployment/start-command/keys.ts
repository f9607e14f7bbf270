/** The keys of landfall.yaml that say the same as a server's command line. Pure. */
import { problemOfOption } from '../../config/server-checks';
import type { Option, ServerCommand } from './server';

export interface ServerKeys {
  /** By key: `['gunicorn', 'workers']`. */
  keys: { path: string[]; value: unknown }[];
  /** Words for `server: { options: … }`. */
  options: string[];
  /** Options that landfall.yaml does not take, each with the reason. */
  dropped: string[];
}

const SECONDS = new Set<Option>(['timeout', 'gracefulTimeout']);
const FOLDERS = /^--(?:chdir|pythonpath|app-dir|working-dir)$/;
const NAMES: Record<Option, string> = {
  bind: '--bind',
  workers: '--workers',
  workerClass: '--worker-class',
  threads: '--threads',
  timeout: '--timeout',
  gracefulTimeout: '--graceful-timeout',
  configFile: '--config',
};

/**
 * Address and app have keys of their own, and are not among these.
 * @param directory where the command starts; null: in the folder of the service
 */
export function serverKeys(command: ServerCommand, directory: string | null): ServerKeys {
  const { server, options, others } = command;
  const found: ServerKeys = { keys: [], options: [], dropped: [] };
  const map = server === 'gunicorn' ? 'gunicorn' : 'server';
  for (const [name, written] of Object.entries(options) as [Option, string][]) {
    if (name === 'bind') continue;
    const value = name === 'configFile' ? withinFolder(written, directory) : keyValue(name, written);
    const hasKey = server === 'gunicorn' || name === 'workers' || name === 'gracefulTimeout';
    // The standard name is found by itself.
    if (name === 'configFile' && server === 'gunicorn' && value === 'gunicorn.conf.py') continue;
    if (hasKey && value !== null) found.keys.push({ path: [map, name], value });
    else found.dropped.push(`${NAMES[name]} ${written} ${reasonOf(name, written)}`);
  }
  for (const { option, value } of others) {
    // A release starts in its folder.
    if (FOLDERS.test(option) && (value === '.' || value === directory)) continue;
    keep(found, command, option, value.startsWith('/') ? (withinFolder(value, directory) ?? value) : value);
  }
  return found;
}

/** null: no value of a key. */
function keyValue(name: Option, written: string): unknown {
  if (name === 'workerClass') return written.includes('$') ? null : written;
  if (!/^[1-9]\d{0,5}$/.test(written)) return null;
  return SECONDS.has(name) ? `${written}s` : Number(written);
}

function withinFolder(written: string, directory: string | null): string | null {
  const plain = written.replace(/^file:/, '').replace(/^(?:\.\/)+/, '');
  const own = directory === null ? null : `${directory}/`;
  const inside = own !== null && plain.startsWith(own) ? plain.slice(own.length) : plain;
  return inside === '' || /^(?:\/|python:)|\$/.test(inside) ? null : inside;
}

function reasonOf(name: Option, written: string): string {
  if (written.includes('$')) return 'has a variable, which only a shell expands';
  if (name === 'configFile') return 'is not a file of the repository that a key can name';
  return 'is not a number that a key can have';
}

/** As a word of the server's command line, if it means the same in every place. */
function keep(found: ServerKeys, { server }: ServerCommand, option: string, value: string): void {
  const problem = problemOfOption(server, option, value);
  if (problem !== null) found.dropped.push(`${option} ${problem}`);
  else if (value.includes('$'))
    found.dropped.push(`${option} ${value} has a variable, which only a shell expands`);
  else if (value.includes('***')) found.dropped.push(`${option} has a value that may be a secret`);
  else found.options.push(option, ...(value === '' ? [] : [value]));
}
