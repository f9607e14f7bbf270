/** The settings of Gunicorn that a project has by itself: in its file, and above that in GUNICORN_CMD_ARGS. Pure. */
import type { ReadinessSettings } from '../config/deploy-input';
import type { ExaminedConf } from '../contract/contract-types';

export interface OwnSettings {
  /** By Gunicorn's name, as text: those that are written out. */
  values: Record<string, string>;
  /** Names whose value only a start knows. */
  computed: string[];
  /** Where each of them is from: `gunicorn.conf.py`. */
  from: Record<string, string>;
}

export const ARGUMENTS = 'GUNICORN_CMD_ARGS';

/** @param env as landfall.yaml has it; environment files are root's, and only the start reads them */
export function ownSettings(conf: ExaminedConf | null, env: Record<string, string>): OwnSettings {
  const { file = '', values = {}, computed = [] } = conf ?? {};
  const given = inArguments(env[ARGUMENTS] ?? '');
  const names = [...Object.keys(values), ...computed];
  return {
    values: { ...values, ...given },
    computed: computed.filter((name) => !(name in given)),
    from: {
      ...Object.fromEntries(names.map((name) => [name, file])),
      ...Object.fromEntries(Object.keys(given).map((name) => [name, ARGUMENTS])),
    },
  };
}

/** Whether plain HTTP, for which landfall.yaml stands where it is silent, would have no answer. */
export function servesTls({ from }: OwnSettings, { check, url }: ReadinessSettings): boolean {
  return from.certfile !== undefined && check === 'http' && url === null;
}

/** Options whose name is another than that of the setting. */
const NAMES: Record<string, string> = {
  b: 'bind',
  c: 'config',
  D: 'daemon',
  e: 'raw_env',
  g: 'group',
  k: 'worker_class',
  p: 'pidfile',
  pid: 'pidfile',
  preload: 'preload_app',
  t: 'timeout',
  u: 'user',
  w: 'workers',
  'keep-alive': 'keepalive',
};

/** As far as the controller has to know them; Gunicorn itself reads them at the start. */
export function inArguments(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const words = wordsOf(text);
  for (const [at, word] of words.entries()) {
    const [, name, short, value] = /^(?:--([a-z][a-z-]*)|-([a-zA-Z]))(?:=?(.+))?$/s.exec(word) ?? [];
    const option = name ?? short;
    if (option === undefined) continue;
    const next = words[at + 1];
    const setting = NAMES[option] ?? option.replaceAll('-', '_');
    found[setting] = value ?? (next === undefined || next.startsWith('-') ? 'True' : next);
  }
  return found;
}

/** A plain path inside of the release; null: it is none, or leads elsewhere. */
export function insideOrNull(path: string | undefined): string | null {
  const plain = path?.replace(/^(?:\.\/)+|\/+$/g, '') ?? '';
  return /^[\w@+][\w.@+-]*(?:\/[\w@+][\w.@+-]*)*$/.test(plain) && plain.length <= 300 ? plain : null;
}

/** The words of a shell's line, without its quotes. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? [];
  return words.map((word) => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, '$1$2$3'));
}
