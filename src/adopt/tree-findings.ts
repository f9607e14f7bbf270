/** Findings about the tree that a service runs from: its checkout and its packages. Pure. */
import type { Facts } from './facts';
import { error, type Finding, type Named, note, some, warning } from './finding';

export function ofCheckout({ reading, data, service, layout }: Facts, { host }: Named): Finding[] {
  const { checkout, unit, owner } = reading;
  if (checkout === null)
    return [
      error(
        `${unit.directory} is not a Git checkout.`,
        'Bring the code into a repository, and write it as `repository:`.',
      ),
    ];
  const { changed, remote, published, root, commit } = checkout;
  const isInPlace = layout === 'in-place';
  const { login } = reading;
  return [
    ...(remote === null
      ? [error(`${root} has no remote called origin.`, 'Write `repository:` in landfall.yaml.')]
      : []),
    ...(checkout.remoteHasLogin
      ? [
          error(
            `The remote of ${root} has a login in its address.`,
            'Give the controller a deploy key, and write `repository:` without the login.',
          ),
        ]
      : []),
    ...(changed !== null && changed.length > 0
      ? [
          error(
            `${root} has local changes that no release has: ${some(changed)}.`,
            'Commit and push them, or drop them.',
          ),
        ]
      : []),
    ...(published === false && commit !== null
      ? [error(`The commit ${commit.slice(0, 7)} of ${root} is on no branch of its remote.`, 'Push it.')]
      : []),
    ...(changed === null
      ? [
          note(
            `${root} belongs to ${owner ?? 'another user'}, so Git was not run there: local changes are not known.`,
            'Run again as that user, or as one with sudo.',
          ),
        ]
      : []),
    ...(isInPlace && owner !== null && owner !== 'root' && login !== 'root' && owner !== login
      ? [
          error(
            `${root} belongs to ${owner}, and ${login} has to move it.`,
            `Log in as ${owner}, or give the tree to ${login}, as root: chown -hR ${login}: ${root}`,
          ),
        ]
      : []),
    ...(isInPlace
      ? []
      : [
          note(
            `${root}${owner === null ? '' : ` belongs to ${owner}, and`} stays as it is: Landfall never writes there.`,
            `To serve from it all the same: landfall adopt ${host} ${unit.name} --layout in-place`,
          ),
        ]),
    ...(data.length > 0 && !isInPlace
      ? [
          warning(
            `${some(data)} of ${root} looks like data of the service, and is in no commit.`,
            `After setup, move it to the folder shared of ${service}, and check \`shared:\`.`,
          ),
        ]
      : []),
  ];
}

export function ofPackages({ reading }: Facts): Finding[] {
  const { unpinned, requirements, locks, python } = reading;
  const locked = locks.filter((name) => name.endsWith('.lock') || name === 'pylock.toml');
  return [
    ...(unpinned.length > 0 && locked.length === 0
      ? [
          warning(
            `Nothing pins ${some(unpinned)}: the environment of a release may differ from today's.`,
            `Pin them as installed now: ${python?.environment ?? 'venv'}/bin/pip freeze > requirements.txt`,
          ),
        ]
      : []),
    ...(requirements.length === 0 && locks.length === 0
      ? [
          error(
            'The project has neither a requirements.txt nor a lock file.',
            `Write one: ${python?.environment ?? 'venv'}/bin/pip freeze > requirements.txt`,
          ),
        ]
      : []),
    ...(python === null
      ? [note('The command is in no virtual environment that can be read: its packages are not known.')]
      : []),
  ];
}
