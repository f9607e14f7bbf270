/** The scripts that install a version and switch between versions. Pure. */
import { quote } from '../../ssh/quote';
import { envFile, firstPolicy, sshConfig } from './files';
import {
  COMMAND,
  CURRENT,
  ENGINE,
  ENV_FILE,
  HOME,
  KEY_FILE,
  KEYS,
  KNOWN_HOSTS,
  POLICY_FILE,
  PREVIOUS,
  PROGRAMS,
  SETTINGS,
  SSH_FOLDER,
  STATE,
  USER,
  VERSIONS,
  WORKER,
} from './layout';
import { PRELUDE } from './script';

export interface InstallOptions {
  /** `<version>-<hash>` */
  name: string;
  port: number;
  knownHosts: string[];
  /** Whether the archive of the version follows the script. */
  sends: boolean;
  /** Programs that are not in the archive, because the current version has the same ones. */
  kept: string[];
}

/** `put MODE OWNER FILE`: writes standard input completely or not at all. `keep` leaves an existing file. */
const PUT = `put() { cat >"$3.new"; chmod "$1" "$3.new"; chown "$2" "$3.new"; mv "$3.new" "$3"; }
keep() { if [ -e "$3" ]; then cat >/dev/null; else put "$@"; fi; }
`;

/**
 * `activate NAME`: makes a version the current one, with its units, and starts it. `switch` also
 * names the version before, for a rollback. The engine restarts only when its program or its unit is another one.
 */
const ACTIVATE = `link() { ln -sfn "$1" "$2.new"; mv -T "$2.new" "$2"; }
activate() {
  engine=same
  cmp -s ${VERSIONS}/"$1"/temporal ${CURRENT}/temporal || engine=other
  link versions/"$1" ${CURRENT}
  for unit in ${ENGINE} ${WORKER}; do
    cmp -s ${CURRENT}/units/$unit /etc/systemd/system/$unit && continue
    [ $unit != ${ENGINE} ] || engine=other
    put 0644 root:root /etc/systemd/system/$unit <${CURRENT}/units/$unit
  done
  systemctl daemon-reload
  systemctl enable --quiet ${ENGINE} ${WORKER}
  systemctl reset-failed ${ENGINE} ${WORKER} 2>/dev/null || true
  if [ $engine = other ]; then systemctl restart ${ENGINE} || return 1; else systemctl start ${ENGINE} || return 1; fi
  systemctl restart ${WORKER} || return 1
}
# A service that does not start is tried again by systemd for ever: its journal says why.
journal() { journalctl --quiet --no-pager --output=cat --lines=15 --unit=${ENGINE} --unit=${WORKER} 2>/dev/null | while read -r line; do say log "$line"; done; }
switch() {
  before=$(basename "$(readlink ${CURRENT} 2>/dev/null)" 2>/dev/null)
  if activate "$1"; then
    if [ -n "$before" ] && [ "$before" != "$1" ]; then link versions/"$before" ${PREVIOUS}; fi
    say started "$1"
    return
  fi
  journal
  if [ -z "$before" ] || [ "$before" = "$1" ]; then systemctl stop ${WORKER} ${ENGINE} || true; say not-started "$1"; exit 1; fi
  if activate "$before"; then say restored "$before"; else say not-restored "$before"; fi
  if [ "\${2-}" = discard ]; then rm -rf ${VERSIONS}/"$1"; fi
  exit 1
}
`;

/**
 * Installs a version, and starts it. Safe to repeat. Its archive, when it is sent, follows the script on standard
 * input. When the services do not start, the version before is started again.
 */
export function installScript({ name, port, knownHosts, sends, kept }: InstallOptions): string {
  const version = `${VERSIONS}/${name}`;
  const partial = `${VERSIONS}/.${name}.partial`;
  return `${PRELUDE}${PUT}${ACTIVATE}
getent passwd ${USER} >/dev/null || useradd --system --user-group --home-dir ${HOME} --no-create-home --shell /bin/sh --password '*' ${USER}
say done user
# Root's home for the user: the worker writes below state and keys alone.
install -d -m 755 ${PROGRAMS} ${VERSIONS} ${SETTINGS}
install -d -m 750 -o root -g ${USER} ${HOME}
install -d -m 755 ${SSH_FOLDER}
install -d -m 700 -o ${USER} -g ${USER} ${STATE} ${KEYS}
${sends ? unpack(version, partial, kept) : ''}
keep 0644 root:root ${ENV_FILE} <<'END'
${envFile(port)}END
keep 0640 root:${USER} ${POLICY_FILE} <<'END'
${firstPolicy()}END
put 0644 root:root ${SSH_FOLDER}/config <<'END'
${sshConfig()}END
touch ${KNOWN_HOSTS}
chmod 644 ${KNOWN_HOSTS}
for line in ${knownHosts.map(quote).join(' ') || '""'}; do
  [ -z "$line" ] || grep -qxF -- "$line" ${KNOWN_HOSTS} || printf '%s\\n' "$line" >>${KNOWN_HOSTS}
done
if [ ! -e ${KEY_FILE} ]; then
  rm -f ${KEY_FILE}.new ${KEY_FILE}.new.pub
  ssh-keygen -q -t ed25519 -N '' -C "landfall-controller@$(uname -n)" -f ${KEY_FILE}.new
  chown ${USER}:${USER} ${KEY_FILE}.new ${KEY_FILE}.new.pub
  mv ${KEY_FILE}.new.pub ${KEY_FILE}.pub
  mv ${KEY_FILE}.new ${KEY_FILE}
fi
say done key
if [ ! -e ${COMMAND} ] || [ "$(readlink ${COMMAND})" = ${CURRENT}/bin/landfall ]; then ln -sfn ${CURRENT}/bin/landfall ${COMMAND}; fi
switch ${quote(name)} ${sends ? 'discard' : ''}
for old in ${VERSIONS}/* ${VERSIONS}/.*.partial; do
  [ -d "$old" ] || continue
  case $(basename "$old") in
    "$(basename "$(readlink ${CURRENT})")" | "$(basename "$(readlink ${PREVIOUS} 2>/dev/null || echo none)")") ;;
    *) rm -rf "$old" ;;
  esac
done
say public-key "$(cat ${KEY_FILE}.pub)"
`;
}

/** The programs are tried before anything refers to them: they may need another C library. */
function unpack(version: string, partial: string, kept: string[]): string {
  return `rm -rf ${partial} ${version}
mkdir ${partial}
tar -xz --no-same-owner --no-same-permissions -C ${partial}
${kept.map((program) => `ln ${CURRENT}/${program} ${partial}/${program}\n`).join('')}chown -R root:root ${partial}
chmod -R a+rX,go-w ${partial}
say done sent
for program in node temporal; do
  why=$(${partial}/$program --version 2>&1) || { say unusable "$program: $(printf '%s' "$why" | tail -n 1)"; rm -rf ${partial}; exit 1; }
done
mv ${partial} ${version}
`;
}

/** Starts the version before the current one, and keeps the current one as the version before. */
export function rollbackScript(): string {
  return `${PRELUDE}${PUT}${ACTIVATE}
before=$(readlink ${PREVIOUS} 2>/dev/null) || { say no-previous yes; exit 1; }
switch "$(basename "$before")"
`;
}
