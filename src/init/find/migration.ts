/** The command that changes a service's database. Pure. */
import { joined } from '../../deployment/project/commit-files';
import type { Project } from '../../deployment/project/project';
import type { KnownCommand } from './start-command';

export interface Migration {
  command: string[];
  /** For people. */
  why: string;
}

interface Of {
  framework: string | null;
  app: string;
  sourceRoot: string;
}

/** null: none was found. The release command of a Procfile counts first, because a person wrote it. */
export function findMigration(
  project: Project,
  packages: Set<string>,
  commands: KnownCommand[],
  { framework, app, sourceRoot }: Of,
): Migration | null {
  const has = (name: string) => project.has(joined(project.folder, name));
  const release = commands.find(({ name }) => name === 'release');
  if (release !== undefined) return { command: release.words, why: `the release command of ${release.from}` };
  const below = sourceRoot === '' || sourceRoot === 'src' ? '' : `${sourceRoot}/`;
  const manage = [`${below}manage.py`, 'manage.py', 'src/manage.py'].find(has);
  if (framework === 'django' && manage !== undefined)
    return { command: ['python', manage, 'migrate', '--noinput'], why: `${manage} is there` };
  if (packages.has('flask-migrate') && has('migrations/alembic.ini'))
    return { command: ['flask', '--app', app, 'db', 'upgrade'], why: 'Flask-Migrate is installed' };
  if (packages.has('aerich')) return { command: ['aerich', 'upgrade'], why: 'aerich is installed' };
  const ini = ['alembic.ini', ...deeper(project)].find(has);
  if (ini === undefined) return null;
  const config = ini === 'alembic.ini' ? [] : ['-c', ini];
  return { command: ['alembic', ...config, 'upgrade', 'head'], why: `${ini} is there` };
}

function deeper({ entries, folder }: Project): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return entries.flatMap(({ path }) => {
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    return /^(?:[\w.-]+\/){1,3}alembic\.ini$/.test(inside) ? [inside] : [];
  });
}
