/** How a commit will be served, as far as its files say so. The host decides with the packages that are installed. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import type { Examined, ExaminedConf } from '../../contract/contract-types';
import { ownSettings } from '../own-settings';
import { resolveServer } from '../resolve-server';
import { settingsInForce } from '../settings-in-force';
import { type CommitFiles, joined } from './commit-files';
import type { ProjectFacts } from './facts';
import { Project } from './project';

const TELLING =
  'gunicorn|uvicorn-worker|uvicorn|hypercorn|granian|fastapi|starlette|litestar|quart|flask|django|gevent|eventlet';
const DEPENDENCY = new RegExp(
  `^(?:\\s*dependencies\\s*=)?[\\s"'\\[]*(${TELLING})(?:\\[[^\\]]*\\])?(?:\\s*==\\s*([\\w.]+))?(?![\\w.-])`,
  'i',
);
/** For a package whose version only the lock file or the index says. */
const ANY_VERSION = '9999';
const ASGI = /^(?:FastAPI|Starlette|Litestar|Quart|get_asgi_application|ProtocolTypeRouter)$/;
const WSGI = /^(?:Flask|get_wsgi_application|Bottle|APIFlask)$/;
/** Where landfall.yaml names none. */
const STANDARD_APP = 'main:app';
const CONF = 'gunicorn.conf.py';
const SERVER = /^(?:gunicorn|uvicorn|hypercorn|granian) /;
const MOST_CHARACTERS = 300;

/**
 * One sentence for the plan; null: the files do not say which server is installed.
 * @param facts of the same commit
 */
export function servedBy(
  files: CommitFiles,
  { packaging, apps }: Pick<ProjectFacts, 'packaging' | 'apps'>,
  settings: ServiceSettings,
): string | null {
  const project = new Project(files);
  const packages = packagesIn(project, packaging);
  if (!packages.some((each) => SERVER.test(each))) return null;
  const conf = confIn(project, settings.gunicorn.configFile ?? CONF);
  const [likeliest = settings.app] = apps;
  const app = settings.app !== STANDARD_APP || apps.includes(STANDARD_APP) ? settings.app : likeliest;
  const examined: Examined = { packages, app: kindIn(project, app), conf, candidates: [] };
  const resolved = resolveServer({ ...settings, app }, examined);
  if ('refused' in resolved) return `server: ${resolved.refused.message} ${resolved.refused.advice}`;
  const inForce = settingsInForce(settings, ownSettings(conf, settings.env), resolved.server);
  const words = [...resolved.words, inForce].join('; ').replaceAll(` ${ANY_VERSION}`, '');
  return `server, as far as the commit says: ${words}`;
}

function packagesIn(project: Project, packaging: Packaging | null): string[] {
  const named = packaging?.tool === 'requirements' ? packaging.files : ['pyproject.toml'];
  const lines = named.flatMap((name) => project.text(joined(project.folder, name))?.split(/[\n,]/) ?? []);
  return lines.flatMap((line) => {
    // FastAPI with these extras brings uvicorn along.
    if (/^[\s"'[]*fastapi\[(?:standard|all)\]/.test(line))
      return [`fastapi ${ANY_VERSION}`, `uvicorn ${ANY_VERSION}`];
    const [, name, version = ANY_VERSION] = DEPENDENCY.exec(line.slice(0, MOST_CHARACTERS)) ?? [];
    return name === undefined ? [] : [`${name.toLowerCase().replace(/[-_.]+/g, '-')} ${version}`];
  });
}

/** Values that are written out at the beginning of a line; every other name counts as computed. */
function confIn(project: Project, file: string): ExaminedConf | null {
  const text = project.text(joined(project.folder, file));
  if (text === null) return null;
  const conf: ExaminedConf = { file, values: {}, computed: [] };
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([a-z]\w*)\s*=\s*([^=].*)$/.exec(line.slice(0, MOST_CHARACTERS)) ?? [];
    if (name === undefined) continue;
    const plain = /^(?:'([^']*)'|"([^"]*)"|(\d+|True|False|None))\s*(?:#.*)?$/.exec(value.trim());
    if (plain === null) conf.computed.push(name);
    else conf.values[name] = plain[1] ?? plain[2] ?? plain[3] ?? '';
  }
  return conf;
}

function kindIn(project: Project, app: string): Examined['app'] {
  const unknown: Examined['app'] = { kind: 'unknown', file: null, line: 0, by: null };
  const [module = '', name = ''] = app.split(':');
  const path = module.replaceAll('.', '/');
  for (const file of [`${path}.py`, `src/${path}.py`, `${path}/__init__.py`]) {
    const lines = project.text(joined(project.folder, file))?.split('\n') ?? [];
    for (const [at, line] of lines.entries()) {
      const [, found, by = ''] = /^(\w+)\s*=\s*(?:\w+\.)*(\w+)\(/.exec(line.slice(0, MOST_CHARACTERS)) ?? [];
      if (found !== name) continue;
      const kind = ASGI.test(by) ? 'asgi' : WSGI.test(by) ? 'wsgi' : 'unknown';
      return { kind, file, line: at + 1, by };
    }
  }
  return unknown;
}
