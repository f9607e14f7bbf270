/** The environment variables that the code reads. Pure. Only names are looked for, never values. */
import { blockBelow, type Module } from './code';

export interface EnvName {
  name: string;
  /** Whether the code has no default: without the variable the service does not start. */
  isRequired: boolean;
  file: string;
  line: number;
}

const NAME = `["']([A-Z][A-Z0-9_]{0,80})["']`;
const READS: { pattern: RegExp; required: (rest: string) => boolean }[] = [
  { pattern: new RegExp(`\\bos\\.environ\\[\\s*${NAME}\\s*\\](?!\\s*=[^=])`, 'g'), required: () => true },
  { pattern: new RegExp(`\\bos\\.environ\\.get\\(\\s*${NAME}`, 'g'), required: () => false },
  { pattern: new RegExp(`\\bgetenv\\(\\s*${NAME}`, 'g'), required: () => false },
];
/** WSGI has an `environ` of its own. */
const IMPORTED = /^\s*from\s+os\s+import\s+.*\benviron\b/;
/** django-environ, python-decouple and Starlette's Config: a call with the name, and perhaps a default. */
const READERS = /^\s*(?:from\s+(?:decouple|environs?|starlette\.config)\b|import\s+environ\b)/;
const READ_BY = new RegExp(`\\b(?:env|config)(?:\\.\\w+)?\\(\\s*${NAME}([^)]*)`, 'g');
/** Set by the system, by systemd or by Landfall, or no setting of the service. */
const NOT_SET_BY_PEOPLE =
  /^(?:PATH|HOME|USER|PWD|SHELL|LANG|TZ|TMPDIR|HOSTNAME|PORT|HOST|DJANGO_SETTINGS_MODULE|PYTHON\w*|LANDFALL_\w*|LISTEN_\w*|NOTIFY_SOCKET|GUNICORN_CMD_ARGS|WEB_CONCURRENCY|PROMETHEUS_MULTIPROC_DIR|SERVER_SOFTWARE|CI|GITHUB_\w*)$/;
const MOST = 60;

/** Sorted: required ones first, then by name. */
export function envNames(modules: Module[]): EnvName[] {
  const found = new Map<string, EnvName>();
  for (const each of modules.flatMap(namesIn)) {
    if (NOT_SET_BY_PEOPLE.test(each.name)) continue;
    const known = found.get(each.name);
    if (known === undefined) found.set(each.name, each);
    else if (each.isRequired) known.isRequired = true;
  }
  return [...found.values()]
    .sort((a, b) => Number(b.isRequired) - Number(a.isRequired) || a.name.localeCompare(b.name, 'en'))
    .slice(0, MOST);
}

function namesIn({ file, lines }: Module): EnvName[] {
  const hasReader = lines.some((line) => READERS.test(line));
  const isImported = lines.some((line) => IMPORTED.test(line));
  return [
    ...lines.flatMap((written, at) => {
      const line = isImported ? written.replace(/(?<![\w.])environ\b/g, 'os.environ') : written;
      const named = (name: string, isRequired: boolean): EnvName => ({
        name,
        isRequired,
        file,
        line: at + 1,
      });
      return [
        ...READS.flatMap(({ pattern, required }) =>
          [...line.matchAll(pattern)].map(([all, name = '']) => named(name, required(all))),
        ),
        ...(hasReader
          ? [...line.matchAll(READ_BY)].map(([, name = '', rest = '']) => named(name, !rest.includes(',')))
          : []),
      ];
    }),
    ...settingsNames(file, lines),
  ];
}

/** The fields of pydantic's settings: a field without a default is required. */
function settingsNames(file: string, lines: string[]): EnvName[] {
  return lines.flatMap((line, at) => {
    if (!/^class\s+\w+\([^)]*\bBaseSettings\b/.test(line)) return [];
    const block = blockBelow(lines, at);
    const prefix = /\benv_prefix\s*=\s*["'](\w*)["']/.exec(block.join('\n'))?.[1] ?? '';
    return block.flatMap((field, index) => {
      const [, indent = '', name, rest = ''] = /^(\s+)([a-z_]\w*)\s*:\s*([^=]*(?:=.*)?)$/i.exec(field) ?? [];
      if (name === undefined || indent.length > 4 || name === 'model_config' || name.startsWith('_'))
        return [];
      const alias = /\b(?:validation_alias|alias|env)\s*=\s*["'](\w+)["']/.exec(rest)?.[1];
      const isRequired =
        !rest.includes('=') || /=\s*Field\(\s*(?:\.\.\.|\w+\s*=\s*["']?\w+["']?\s*\))/.test(rest);
      return [{ name: (alias ?? `${prefix}${name}`).toUpperCase(), isRequired, file, line: at + index + 2 }];
    });
  });
}
