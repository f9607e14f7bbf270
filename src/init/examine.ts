/** A service's files, as far as they say how it is deployed. Pure. */
import type { DraftKey } from '../deployment/draft/draft';
import type { CommitFiles } from '../deployment/project/commit-files';
import { joined } from '../deployment/project/commit-files';
import type { ProjectFacts } from '../deployment/project/facts';
import { Project } from '../deployment/project/project';
import { type FoundProcess, findProcesses } from './find/background';
import { type Module, modulesOf } from './find/code';
import { type DjangoSettings, djangoSettings } from './find/django';
import { type EnvName, envNames } from './find/env-names';
import { answersAtRoot, type HealthRoute, healthRoutes } from './find/health-route';
import { layoutOf } from './find/layout';
import { findMigration, type Migration } from './find/migration';
import { declaredPackages } from './find/packages';
import { type KnownCommand, knownCommands, type StartCommand, startCommand } from './find/start-command';

export type Framework = 'django' | 'fastapi' | 'flask' | 'litestar' | 'quart' | 'starlette';

export interface Examined {
  facts: ProjectFacts;
  /** Keys of landfall.yaml without which the files do not decide. */
  keys: DraftKey[];
  sourceRoot: string;
  modules: Module[];
  packages: Set<string>;
  framework: Framework | null;
  /** `module:attribute`, the likeliest first; the first one is of the start command if there is one. */
  apps: string[];
  /** A factory that needs an argument: `shop:create_app(config)`, which a person has to complete. */
  factory: string | null;
  start: StartCommand | null;
  routes: HealthRoute[];
  answersAtRoot: boolean;
  migration: Migration | null;
  processes: FoundProcess[];
  env: EnvName[];
  django: DjangoSettings | null;
  /** Folders below that look like services, where this one does not. */
  below: string[];
}

const FRAMEWORKS: Framework[] = ['django', 'fastapi', 'litestar', 'quart', 'flask', 'starlette'];
const NEEDS_ARGUMENT = /^def ((?:create|make|build|get)_app(?:lication)?)\(\s*([A-Za-z_]\w*)/;

export function examine(files: CommitFiles): Examined {
  const project = new Project(files);
  const { facts, keys, sourceRoot } = layoutOf(files);
  const modules = modulesOf(project, sourceRoot);
  const packages = declaredPackages(project, facts.packaging);
  const commands = knownCommands(project);
  const start = startOf(commands);
  const apps = appsOf(project, facts, sourceRoot, modules, start);
  const [app = ''] = apps;
  const framework = frameworkOf(modules, packages, app);
  const env = envNames(modules);
  const names = env.map(({ name }) => name);
  return {
    facts,
    keys,
    sourceRoot,
    modules,
    packages,
    framework,
    apps,
    factory: apps.length > 0 ? null : factoryIn(modules),
    start,
    routes: healthRoutes(modules),
    answersAtRoot: answersAtRoot(modules),
    migration: findMigration(project, packages, commands, { framework, app, sourceRoot }),
    processes: findProcesses(modules, packages, commands, names),
    env,
    django: framework === 'django' ? djangoSettings(modules, app, env) : null,
    below: facts.packaging === null ? servicesBelow(project) : [],
  };
}

/** The command that starts a server: the Procfile's before the unit's, and that before the Dockerfile's. */
function startOf(commands: KnownCommand[]): StartCommand | null {
  for (const command of commands) {
    const found = command.name === 'web' ? startCommand(command) : null;
    if (found !== null) return found;
  }
  return null;
}

function appsOf(
  project: Project,
  { apps, entrypoint, gunicornConf }: ProjectFacts,
  sourceRoot: string,
  modules: Module[],
  start: StartCommand | null,
): string[] {
  const isThere = (app: string | null | undefined) =>
    app != null && modules.some(({ name }) => name !== null && name === app.split(':')[0]);
  const conf = gunicornConf === null ? null : project.text(joined(project.folder, gunicornConf));
  const own = /^wsgi_app\s*=\s*["']([\w.]+:\w+(?:\([^"']*\))?)["']/m.exec(conf ?? '')?.[1];
  const named = [start?.app, own, entrypoint].filter((app): app is string => isThere(app));
  const prefix = sourceRoot === '' ? null : `${sourceRoot.replaceAll('/', '.')}.`;
  const found = apps.map((app) =>
    prefix !== null && app.startsWith(prefix) ? app.slice(prefix.length) : app,
  );
  return [...new Set([...named.slice(0, 1), ...found])];
}

function frameworkOf(modules: Module[], packages: Set<string>, app: string): Framework | null {
  const own = modules.find(({ name }) => name === app.split(':')[0]);
  const imported = FRAMEWORKS.find((name) =>
    own?.lines.some((line) => new RegExp(`^\\s*(?:from|import)\\s+${name}\\b`).test(line)),
  );
  return imported ?? FRAMEWORKS.find((name) => packages.has(name)) ?? null;
}

function factoryIn(modules: Module[]): string | null {
  for (const { name, lines } of modules)
    for (const line of lines) {
      const [, factory, argument] = NEEDS_ARGUMENT.exec(line) ?? [];
      if (factory !== undefined && name !== null) return `${name}:${factory}(${argument})`;
    }
  return null;
}

/** Folders, at most two levels below, with files that say their packages. */
function servicesBelow({ entries, folder }: Project): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const found = entries.flatMap(({ path }) => {
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    return (
      /^((?:[\w.-]+\/){1,2})(?:requirements\.txt|uv\.lock|poetry\.lock|pdm\.lock|pyproject\.toml)$/.exec(
        inside,
      )?.[1] ?? []
    );
  });
  return [...new Set(found.map((each) => each.replace(/\/$/, '')))].sort().slice(0, 10);
}
