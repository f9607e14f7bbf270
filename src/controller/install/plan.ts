/** The actions of an installation on a machine, and the reasons against it. Pure. */
import type { Contents } from './contents';
import { type ControllerFacts, NEEDED } from './facts';
import { COMMAND, CURRENT, HOME, KEYS, PROGRAMS, STATE, UNITS, USER, VERSIONS } from './layout';

export interface InstallPlan {
  /** Each one stands against the installation; nothing is done. */
  problems: string[];
  actions: { what: string; done: boolean }[];
  warnings: string[];
}

export interface Wanted {
  contents: Pick<Contents, 'name' | 'bytes' | 'machine' | 'node' | 'version'>;
  port: number;
  /** Lines of known_hosts to add. */
  knownHosts: string[];
  /** Machines of landfall.yaml whose host keys are not among them. */
  unknown: string[];
}

/** A hardened unit needs what this version has. Debian 11 has 247. */
const OLDEST_SYSTEMD = 247;
/** The engine and the worker take 300 MB when idle, and Git and a deploy some more. */
const LEAST_MEMORY = 400 * 2 ** 20;
/** A version is unpacked before the archive has ended, and the old version stays. */
const SPARE = 200 * 2 ** 20;

/** @param facts as found by `FACTS_SCRIPT` */
export function planInstall(facts: ControllerFacts, wanted: Wanted): InstallPlan {
  return {
    problems: problemsOf(facts, wanted),
    actions: actionsOf(facts, wanted),
    warnings: warningsOf(facts, wanted),
  };
}

function problemsOf(facts: ControllerFacts, { contents, port }: Wanted): string[] {
  const missing = NEEDED.filter((program) => !facts.programs.includes(program));
  const problems: (string | null)[] = [
    facts.machine === contents.machine
      ? null
      : `The machine is ${facts.machine}, and the programs to send are for ${contents.machine}. Name others: --node FILE --temporal FILE.`,
    facts.systemd === null
      ? 'systemd does not run there. A controller needs it for its services.'
      : facts.systemd < OLDEST_SYSTEMD
        ? `systemd ${facts.systemd} is too old: a controller needs ${OLDEST_SYSTEMD} or newer.`
        : null,
    missing.length === 0
      ? null
      : `Programs are missing there: ${missing.join(', ')}. Install them, on Debian: apt-get install ${packagesOf(missing)}`,
    facts.userHome === null || facts.userHome === HOME
      ? null
      : `A user ${USER} with the home ${facts.userHome} exists, and is not the controller's. Rename or remove that user.`,
    portProblem(facts, port),
    facts.versions.includes(contents.name) || facts.space.programs >= contents.bytes + SPARE
      ? null
      : `${PROGRAMS} has room for ${megabytes(facts.space.programs)}, and needs ${megabytes(contents.bytes + SPARE)}. Make room there.`,
    facts.memory.total >= LEAST_MEMORY
      ? null
      : `The machine has ${megabytes(facts.memory.total)} of memory, and a controller needs ${megabytes(LEAST_MEMORY)}.`,
  ];
  return problems.filter((problem) => problem !== null);
}

function portProblem(facts: ControllerFacts, port: number): string | null {
  if (facts.port !== null && facts.port !== port)
    return `This controller's engine has the port ${facts.port}. Leave --port out, or uninstall the controller first.`;
  const user = facts.listeners.get(port);
  // Its own engine listens there after an earlier installation.
  if (user === undefined || facts.port === port) return null;
  return `A process of user ${user} listens on port ${port} (is it landfall dev?). Stop it, or choose another port: --port PORT.`;
}

function actionsOf(facts: ControllerFacts, { contents, port, knownHosts }: Wanted): InstallPlan['actions'] {
  const trusted = knownHosts.filter((line) => !facts.knownHosts.includes(line));
  const running = UNITS.every((unit) => facts.units.get(unit)?.state.startsWith('active'));
  return [
    { what: `user ${USER}, without a password; home ${HOME}`, done: facts.userHome === HOME },
    {
      what: `Landfall ${contents.version} with Node ${contents.node} and Temporal: ${megabytes(contents.bytes)} in ${VERSIONS}/${contents.name}`,
      done: facts.versions.includes(contents.name) && facts.current === contents.name,
    },
    { what: `command ${COMMAND}`, done: facts.command === `${CURRENT}/bin/landfall` },
    { what: `key for hosts and repositories in ${KEYS}`, done: facts.publicKey !== null },
    ...(knownHosts.length === 0
      ? []
      : [{ what: `trust in the host keys of ${namesIn(knownHosts)}`, done: trusted.length === 0 }]),
    {
      what: `services ${UNITS.join(' and ')}: on 127.0.0.1:${port} alone, started at boot; state in ${STATE}`,
      done: running,
    },
  ];
}

function warningsOf(facts: ControllerFacts, { port, unknown }: Wanted): string[] {
  const command = facts.command !== null && facts.command !== `${CURRENT}/bin/landfall`;
  return [
    ...(command
      ? [`${COMMAND} is another program and stays. The controller's is ${CURRENT}/bin/landfall.`]
      : []),
    ...(unknown.length === 0
      ? []
      : [
          `Host keys are missing in your known_hosts: ${unknown.join(', ')}. Log in there once (ssh HOST), then run this command again.`,
        ]),
    ...(facts.programs.includes('nft') ? [] : [firewallWarning(port)]),
  ];
}

/** Every user of the machine may deploy then: the engine asks no client for an identity. */
export function firewallWarning(port: number): string {
  return `nft is missing: every user and program of that machine reaches the engine on port ${port}, and may deploy. Install nftables, then run: systemctl restart landfall-engine`;
}

/** Debian's packages of the programs. */
function packagesOf(programs: string[]): string {
  const packages: Record<string, string> = {
    'ssh-keygen': 'openssh-client',
    useradd: 'passwd',
    'systemd-notify': 'systemd',
    journalctl: 'systemd',
    awk: 'mawk',
  };
  return [...new Set(programs.map((program) => packages[program] ?? program))].join(' ');
}

/** Hashed names of known_hosts say nothing to a person. */
function namesIn(knownHosts: string[]): string {
  const names = knownHosts.map((line) => line.split(/\s+/)[0] ?? '');
  const plain = [...new Set(names.filter((name) => !name.startsWith('|')))];
  const hashed = names.length - names.filter((name) => !name.startsWith('|')).length;
  return [...plain, ...(hashed === 0 ? [] : [`${hashed} hashed names`])].join(', ');
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
