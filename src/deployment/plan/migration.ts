/** Where the declared migration runs. Pure. */
import type { DeployInput, ServiceSettings } from '../../config/deploy-input';

type Migration = Pick<NonNullable<ServiceSettings['migrate']>, 'command' | 'hosts'>;

/** The database is ahead of a release that is gone back to, whose own migration would refuse it. */
export function migrates({ source, settings }: Pick<DeployInput, 'source' | 'settings'>): boolean {
  return settings.migrate !== null && 'ref' in source;
}

/** Commands that write files of the host. A host without the files would serve pages without them. */
const MAKES_FILES = /\b(collectstatic|compilemessages|compress)\b/;

/** The word in the command that makes files, and so decides where `migrate.hosts` is silent; null: none does. */
export function makesFiles({ command, hosts }: Migration): string | null {
  return hosts === null ? (MAKES_FILES.exec(command.join(' '))?.[0] ?? null) : null;
}

/** On each host one after the other, or once for all of them. */
export function migratesOnEach(migration: Migration): boolean {
  return migration.hosts === 'each' || makesFiles(migration) !== null;
}
