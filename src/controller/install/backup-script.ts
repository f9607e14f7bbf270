/** The scripts that save and restore a controller. Pure. */
import {
  CURRENT,
  ENGINE,
  ENV_FILE,
  HOME,
  KEYS,
  POLICY_FILE,
  SETTINGS,
  SSH_FOLDER,
  STATE,
  UNITS,
  USER,
  WORKER,
} from './layout';
import { PRELUDE } from './script';

/** The line after which the archive begins. */
export const ARCHIVE_FOLLOWS = 'landfall:archive=follows';

/** The files of a backup, by their place in it: those that only root may write, and those of the user. */
const ROOTS = new Map([
  ['policy.yaml', { to: POLICY_FILE, mode: '0640', owner: `root:${USER}` }],
  ['authorized_keys', { to: `${SSH_FOLDER}/authorized_keys`, mode: '0644', owner: 'root:root' }],
  ['known_hosts', { to: `${SSH_FOLDER}/known_hosts`, mode: '0644', owner: 'root:root' }],
]);
const USERS = [
  'temporal.db',
  'temporal.db-journal',
  'temporal.db-wal',
  'signing-key',
  'id_ed25519',
  'id_ed25519.pub',
];

/** Where a file of the user lies. */
const placeOf = (name: string) => `${name.startsWith('id_') ? KEYS : STATE}/${name}`;

/**
 * Writes an archive to standard output. The engine stands still while its database is copied. So the copy is the
 * database after a crash at that moment, and SQLite repairs that. Needs no SQLite there.
 */
export function backupScript(): string {
  const copies = [
    ...[...ROOTS].map(([name, { to }]) => `copy ${to} ${name}`),
    ...USERS.map((name) => `copy ${placeOf(name)} ${name}`),
  ];
  return `${PRELUDE}
[ -d ${STATE} ] || { say no-controller yes; exit 1; }
work=$(mktemp -d ${HOME}/.backup.XXXXXX)
pid=$(systemctl show --property=MainPID --value ${ENGINE})
go_on() { [ "$pid" = 0 ] || kill -CONT "$pid" 2>/dev/null || true; }
trap 'go_on; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM PIPE
copy() { [ ! -f "$1" ] || cp --reflink=auto "$1" "$work/$2"; }
umask 077
# If this script is killed, the engine continues after a minute.
[ "$pid" = 0 ] || { (trap - EXIT; exec >/dev/null 2>&1 </dev/null; sleep 60; kill -CONT "$pid") & watch=$!; }
[ "$pid" = 0 ] || kill -STOP "$pid"
# A thread that writes ends its write first.
until [ "$pid" = 0 ] || ! grep -qs '^State:[[:space:]][^Tt]' /proc/"$pid"/task/*/status; do sleep 0.02; done
${copies.join('\n')}
go_on
[ "$pid" = 0 ] || kill "$watch" 2>/dev/null || true
printf '%s\\n' "$(basename "$(readlink ${CURRENT})")" >"$work/version"
echo ${ARCHIVE_FOLLOWS}
tar -cz -C "$work" .
`;
}

/**
 * Replaces the state of a controller by that of a backup, which follows the script on standard input. Takes only files
 * that a backup has, and gives each its own owner. Both services start again at the end.
 */
export function restoreScript(): string {
  const roots = [...ROOTS].map(([name, { to, mode, owner }]) => `take ${name} ${to} ${mode} ${owner}`);
  const users = USERS.map((name) => `take ${name} ${placeOf(name)} 0600 ${USER}:${USER}`);
  const databases = USERS.filter((name) => name.startsWith('temporal.db')).map((name) => `${STATE}/${name}`);
  return `${PRELUDE}
[ -d ${STATE} ] && [ -e ${ENV_FILE} ] && [ -d ${SETTINGS} ] || { say no-controller yes; exit 1; }
work=$(mktemp -d ${HOME}/.restore.XXXXXX)
trap 'rm -rf "$work"' EXIT
tar -xz --no-same-owner -C "$work" 2>/dev/null && [ -f "$work/temporal.db" ] && [ -f "$work/version" ] || { say no-backup yes; exit 1; }
take() {
  [ -f "$work/$1" ] && [ ! -L "$work/$1" ] || return 0
  install -m "$3" -o "\${4%:*}" -g "\${4#*:}" "$work/$1" "$2.new"
  mv "$2.new" "$2"
}
systemctl stop ${[...UNITS].reverse().join(' ')}
rm -f ${databases.join(' ')}
${[...roots, ...users].join('\n')}
say done files
systemctl start ${ENGINE} || { say not-started ${ENGINE}; exit 1; }
systemctl start ${WORKER} || { say not-started ${WORKER}; exit 1; }
say started yes
`;
}
