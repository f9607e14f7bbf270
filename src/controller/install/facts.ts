/** The facts of a controller's machine: the script that reads them, and what the script found. Pure. */
import {
  COMMAND,
  CURRENT,
  ENGINE,
  ENV_FILE,
  FIREWALL_TABLE,
  HOME,
  KEY_FILE,
  KNOWN_HOSTS,
  PREVIOUS,
  PROGRAM_LIST,
  PROGRAMS,
  STATE,
  UNITS,
  USER,
  VERSIONS,
} from './layout';
import { PRELUDE, saidIn } from './script';

/** The state of a controller or of its empty machine. Sizes in bytes. null: there is none, or it is not known. */
export interface ControllerFacts {
  hostname: string;
  system: string;
  /** `uname`: `Linux x86_64`. */
  machine: string;
  /** Version of the systemd that runs; null: another init. */
  systemd: number | null;
  /** Programs that were looked for and are there. */
  programs: string[];
  memory: { total: number; available: number };
  /** Free, where versions and where the state lie. */
  space: { programs: number; state: number };
  /** Home of the user `landfall`. */
  userHome: string | null;
  current: string | null;
  previous: string | null;
  versions: string[];
  /** SHA-256 of the large programs of the current version, by name. */
  programHashes: Map<string, string>;
  /** Where the command `landfall` leads: a link's target, or "file". */
  command: string | null;
  /** Users of the processes that listen on the engine's ports, by port. */
  listeners: Map<number, string>;
  port: number | null;
  publicKey: string | null;
  knownHosts: string[];
  databaseBytes: number | null;
  /** Whether nftables has the rule. */
  firewall: boolean;
  units: Map<string, UnitFacts>;
  engineServes: boolean;
  /** Ids of workflows that run; null: the engine does not answer. */
  openRuns: string[] | null;
}

export interface UnitFacts {
  state: string;
  enabled: string;
  since: string;
  restarts: number;
  memory: number | null;
}

/** Programs that the installation or a deploy needs. */
export const NEEDED = ['git', 'tar', 'gzip', 'ssh-keygen', 'useradd', 'systemd-notify', 'awk', 'journalctl'];

/** Reads and changes nothing. Safe to repeat. */
export const FACTS_SCRIPT = `${PRELUDE}
quietly() { "$@" 2>/dev/null || true; }
free() { dir=$1; while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done; df -Pk "$dir" | awk 'NR == 2 { print $4 * 1024 }'; }
say hostname "$(quietly uname -n)"
say machine "$(uname -s) $(uname -m)"
say system "$(quietly sh -c '. /etc/os-release; echo "$PRETTY_NAME"')"
[ ! -d /run/systemd/system ] || say systemd "$(systemctl --version | awk 'NR == 1 { print $2 }')"
for program in ${NEEDED.join(' ')} nft; do
  ! command -v "$program" >/dev/null || say program "$program"
done
say memory "$(awk '/^MemTotal:/ { t = $2 } /^MemAvailable:/ { a = $2 } END { print t * 1024 " " a * 1024 }' /proc/meminfo)"
say space "$(free ${VERSIONS}) $(free ${STATE})"
say user-home "$(quietly getent passwd ${USER} | cut -d: -f6)"
say current "$(quietly readlink ${CURRENT})"
say previous "$(quietly readlink ${PREVIOUS})"
for version in ${VERSIONS}/*; do [ ! -d "$version" ] || say version "$(basename "$version")"; done
quietly cat ${CURRENT}/${PROGRAM_LIST} | while read -r line; do say program-hash "$line"; done
if [ -L ${COMMAND} ]; then say command "$(readlink ${COMMAND})"; elif [ -e ${COMMAND} ]; then say command file; fi
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { n = split($2, at, ":"); print at[n], $8 }' | sort -u | while read -r port user; do
  say listener "$((0x$port)) $user"
done
port=$(quietly sed -n 's/^LANDFALL_ENGINE_PORT=//p' ${ENV_FILE})
say port "$port"
say public-key "$(quietly cat ${KEY_FILE}.pub)"
quietly cat ${KNOWN_HOSTS} | while read -r line; do say known-host "$line"; done
say database "$(quietly stat -c %s ${STATE}/temporal.db)"
! nft list table inet ${FIREWALL_TABLE} >/dev/null 2>&1 || say firewall yes
[ -d ${PROGRAMS} ] || [ -d ${HOME} ] || exit 0
for unit in ${UNITS.join(' ')}; do
  for property in ActiveState SubState UnitFileState ActiveEnterTimestamp NRestarts MemoryCurrent; do
    say unit "$unit $property $(quietly systemctl show --property="$property" --value "$unit")"
  done
done
[ -x ${CURRENT}/temporal ] && systemctl is-active --quiet ${ENGINE} || exit 0
temporal() { HOME=/nonexistent timeout 10 ${CURRENT}/temporal "$@" --address "127.0.0.1:$port" --disable-config-file --disable-config-env 2>/dev/null; }
temporal operator cluster health >/dev/null || exit 0
say engine serves
running=$(temporal workflow list --query 'ExecutionStatus="Running"' --limit 20 --output jsonl) || exit 0
say open-runs known
printf '%s\\n' "$running" | sed -n 's/.*"workflowId": *"\\([^"]*\\)".*/\\1/p' | while read -r run; do say open-run "$run"; done
`;

/** @returns null for the output of a script that did not run to the point where facts begin */
export function factsFrom(output: string): ControllerFacts | null {
  const said = saidIn(output);
  if (!said.some(({ name }) => name === 'machine')) return null;
  const all = (wanted: string) => said.filter(({ name }) => name === wanted).map(({ value }) => value);
  const one = (wanted: string) => all(wanted).at(-1) || null;
  const [total = 0, available = 0] = numbers(one('memory'));
  const [programs = 0, state = 0] = numbers(one('space'));
  const engineServes = one('engine') !== null;
  return {
    hostname: one('hostname') ?? '',
    system: one('system') ?? '',
    machine: one('machine') ?? '',
    systemd: wholeNumber(one('systemd')),
    programs: all('program'),
    memory: { total, available },
    space: { programs, state },
    userHome: one('user-home'),
    current: nameOf(one('current')),
    previous: nameOf(one('previous')),
    versions: all('version'),
    programHashes: new Map(
      all('program-hash').map((value) => [value.split(' ')[0] ?? '', value.split(' ')[1] ?? '']),
    ),
    command: one('command'),
    listeners: new Map(
      all('listener').map((value) => [Number(value.split(' ')[0]), value.split(' ')[1] ?? '']),
    ),
    port: wholeNumber(one('port')),
    publicKey: one('public-key'),
    knownHosts: all('known-host'),
    databaseBytes: wholeNumber(one('database')),
    firewall: one('firewall') !== null,
    units: unitsFrom(all('unit')),
    engineServes,
    openRuns: one('open-runs') === null ? null : all('open-run'),
  };
}

function unitsFrom(lines: string[]): Map<string, UnitFacts> {
  const found = new Map<string, Record<string, string>>();
  for (const line of lines) {
    const [unit = '', property = '', ...rest] = line.split(' ');
    found.set(unit, { ...found.get(unit), [property]: rest.join(' ') });
  }
  const units = [...found].map(([unit, properties]): [string, UnitFacts] => [
    unit,
    {
      state: `${properties.ActiveState ?? 'unknown'} (${properties.SubState ?? 'unknown'})`,
      enabled: properties.UnitFileState || 'not installed',
      since: properties.ActiveEnterTimestamp ?? '',
      restarts: Number(properties.NRestarts) || 0,
      memory: wholeNumber(properties.MemoryCurrent ?? null),
    },
  ]);
  return new Map(units);
}

/** The name of a version, of a link such as `versions/0.1.0-3fa9c1e`. */
function nameOf(link: string | null): string | null {
  return link?.split('/').at(-1) ?? null;
}

function numbers(value: string | null): number[] {
  return (value ?? '').split(' ').map((word) => wholeNumber(word) ?? 0);
}

/** awk of Debian prints large numbers as `1.5e+09`. @returns null for no number */
function wholeNumber(word: string | null): number | null {
  return word !== null && /^\d+(\.\d+)?(e\+?\d+)?$/.test(word) ? Math.round(Number(word)) : null;
}
