/** The Python files of a service, as far as they say how it is started. Read line by line; nothing is run. Pure. */
import { fromFolder, isWithin, shownPath } from './commit-files';
import type { Hint } from './facts';
import type { Project } from './project';

/** Tests, examples and migrations start no service. */
const OTHER =
  /(?:^|\/)(?:tests?|examples?|docs?|migrations|versions|alembic|scripts?|bench\w*|node_modules)\//;
const FRAMEWORKS = 'FastAPI|Flask|Starlette|Litestar|Quart|Sanic|BlackSheep|APIFlask|Connexion|FlaskApp';
const INSTANCE = new RegExp(
  `^([A-Za-z_]\\w{0,60})\\s*(?::\\s*[\\w.]+\\s*)?=\\s*(?:(?:\\w+\\.)*(?:${FRAMEWORKS})|(?:\\w+\\.)*get_[aw]sgi_application|ProtocolTypeRouter|falcon\\.(?:asgi\\.)?App|Bottle)\\(`,
);
/** Without a parameter that has no default. */
const FACTORY = /^def ((?:create|make|build|get)_app(?:lication)?)\(\s*(?:\)|\w+\s*(?::[^=,)]*)?=)/;
/** An app that is written by hand, without a framework. */
const CALLABLE = /^(?:async\s+)?def (app|application)\(\s*(?:environ|env|scope)\b/;
const HINTS: [Hint['what'], RegExp][] = [
  [
    'scheduler',
    /\b(?:Background|AsyncIO|Gevent|Tornado)Scheduler\(|\bRocketry\(|^\s*@(?:\w+\.)?repeat_every\(/,
  ],
  ['migrates-at-start', /\bmetadata\.create_all\b|\bcommand\.upgrade\(|call_command\(\s*['"]migrate['"]/],
  ['metrics-folder', /PROMETHEUS_MULTIPROC_DIR/],
  ['beat-file', /\bbeat_schedule_filename\b|\bCELERY_?BEAT_SCHEDULE_FILENAME\b/i],
];
const MOST = 5;
/** Of one kind: facts are part of a run's history. */
const MOST_HINTS = 4;
const MOST_CHARACTERS = 300;

interface Source {
  /** From the service's folder. */
  file: string;
  lines: string[];
}

function sourcesOf(project: Project): Source[] {
  const { folder, entries } = project;
  return entries.flatMap(({ path }) => {
    const file = fromFolder(folder, path);
    if (
      !path.endsWith('.py') ||
      !isWithin(path, folder) ||
      OTHER.test(file) ||
      /(?:^|\/)(?:test_[^/]*|conftest)\.py$/.test(file)
    )
      return [];
    const text = project.text(path);
    return text === null
      ? []
      : [{ file, lines: text.split('\n').map((line) => line.slice(0, MOST_CHARACTERS)) }];
  });
}

/** @param installs whether the project's own packages are installed, so that `src/` is not part of a module's name */
export function findApps(project: Project, installs: boolean): string[] {
  const sources = sourcesOf(project).flatMap(({ file, lines }) => {
    const module = moduleOf(file, installs);
    return module === null ? [] : [{ file, module, lines }];
  });
  const found = (pattern: RegExp, call: string) =>
    sources
      .flatMap(({ file, module, lines }) =>
        lines.flatMap((line) => {
          const name = pattern.exec(line)?.[1];
          return name === undefined
            ? []
            : [{ file, app: `${module}:${name}${call}`, rank: rankOf(file, name) }];
        }),
      )
      .sort((a, b) => a.rank - b.rank || a.app.localeCompare(b.app, 'en'));
  const instances = found(INSTANCE, '');
  const factories = instances.length > 0 ? [] : found(FACTORY, '()');
  const apps = [instances, factories, found(CALLABLE, '')].find((each) => each.length > 0) ?? [];
  const files = new Set(apps.map(({ file }) => file));
  const isSpare = (file: string) => {
    const other = /(^|\/)asgi\.py$/.test(file) ? file.replace(/asgi\.py$/, 'wsgi.py') : null;
    return (
      other !== null &&
      files.has(other) &&
      !usesChannels(sources.find((each) => each.file === file)?.lines ?? [])
    );
  };
  return [...new Set(apps.filter(({ file }) => !isSpare(file)).map(({ app }) => app))].slice(0, MOST);
}

/** Django writes both `wsgi.py` and `asgi.py`; only with Channels the second one is more than the first. */
function usesChannels(lines: string[]): boolean {
  return lines.some((line) => line.includes('ProtocolTypeRouter'));
}

function moduleOf(file: string, installs: boolean): string | null {
  const path = (installs ? file.replace(/^src\//, '') : file).replace(/\.py$/, '').replace(/\/__init__$/, '');
  return /^[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*$/.test(path) && path.length <= 150
    ? path.replaceAll('/', '.')
    : null;
}

/** The likeliest first: usual names, near the service's folder. */
function rankOf(file: string, name: string): number {
  const isUsual = /(?:^|\/)(?:main|app|wsgi|asgi|server|api|__init__)\.py$/.test(file);
  return file.split('/').length + (isUsual ? 0 : 10) + (/^(?:app|application)$/.test(name) ? 0 : 100);
}

export function findHints(project: Project): Hint[] {
  const hints = sourcesOf(project).flatMap(({ file, lines }) =>
    lines.flatMap((line, at) => {
      if (/^\s*#/.test(line)) return [];
      const what = HINTS.find(([, pattern]) => pattern.test(line))?.[0];
      return what === undefined ? [] : [{ file: shownPath(file), line: at + 1, what }];
    }),
  );
  return HINTS.flatMap(([kind]) => hints.filter(({ what }) => what === kind).slice(0, MOST_HINTS));
}

/** One sentence for each kind of hint of which people should know before a deploy. */
export function hintWords(hints: Hint[]): string[] {
  const first = (what: Hint['what']) => hints.find((hint) => hint.what === what);
  const [scheduler, migration] = [first('scheduler'), first('migrates-at-start')];
  return [
    ...(scheduler === undefined
      ? []
      : [
          `${scheduler.file} line ${scheduler.line} makes a scheduler: started in the web app, each worker runs its jobs (write it under processes: with singleton: true)`,
        ]),
    ...(migration === undefined
      ? []
      : [
          `${migration.file} line ${migration.line} may change the database when the app starts, also on trial`,
        ]),
  ];
}
