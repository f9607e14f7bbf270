/** The facts of a look at a host, in as few values as plans need. Pure. */
import type {
  ClaimRecord,
  HandMade,
  HostFacts,
  Interpreter,
  ReleaseRecord,
} from '../contract/contract-types';
import type { PlacedProbe, Release } from './model';
import { asListened, type Kept, keptProbe, type Probes, type Socket } from './probes';

/** Plain JSON, and far below what a history takes: one for each look at each host. */
export interface Inspection {
  /** The release that runs now; null: nothing, or a unit that Landfall did not write. */
  live: string | null;
  liveCommit: string | null;
  /** Whether anything runs under the service's unit. */
  running: boolean;
  ready: boolean;
  /** Why it is not ready; empty when it is. */
  why: string;
  /** The live unit is an instance, alongside which others may run. */
  liveIsInstance: boolean;
  /** The live unit. */
  liveUnit: string;
  /** The newest release that passed a whole deploy. */
  lastGood: string | null;
  lastGoodCommit: string | null;
  /** The newest good release before the live one: what `landfall rollback` goes back to. */
  previousGood: Release | null;
  /** The boot unit. */
  boots: HostFacts['boot'];
  /** An abandoned deploy left the live release, which may be bad. */
  abandoned: boolean;
  /** `ours`: it was made from this engine, for this environment. */
  claim: (ClaimRecord & { ours: boolean }) | null;
  socket: Socket;
  /** Which program has the address that the service is to listen on; null: no other program. */
  holder: string | null;
  /** Whether the service's own unit has drop-ins. */
  dropIns: boolean;
  /** Bytes. `live` is null when nothing runs, or too many processes do. */
  memory: { live: number | null; available: number };
  diskFree: number;
  /** The old releases that may go for a new one; null: there is plenty of space. */
  spare: { releases: number; bytes: number } | null;
  /** The interpreters of the host; the one that `python:` names has `asked`. */
  interpreters: Interpreter[];
  uv: string | null;
  /** The leftovers that `repairHost` would remove, one sentence each. */
  leftovers: string[];
  /** Lines of environment files that systemd drops, and lines that systemd reads otherwise; one sentence each. */
  environment: { drops: string[]; notices: string[] };
  /** Warnings for root about the state of the host, one sentence each. */
  warnings: string[];
  /** For the doctor: the answer of the proxy to each name of the domain, in words; absent: there is no domain. */
  served?: string[];
  probes: Probes;
  /** The versions of the managed environment: the newest, and of the releases named here; absent: there is none. */
  managed?: NonNullable<HostFacts['managed']>;
  /** The unit that runs, if Landfall did not write it; absent: nothing runs, or a release does. */
  handMade?: HandMade;
  /** The units of processes besides the web server, of every release; absent: there are none. */
  processes?: FoundProcess[];
  /** With layout `in-place`: the checkout; absent: there is none. */
  checkout?: NonNullable<HostFacts['checkout']>;
  /** A deploy has moved the checkout and has not ended: from which commit. Absent: none has. */
  moved?: NonNullable<HostFacts['moved']>;
  /** The units that Landfall did not write and that run from a release; absent: there are none. */
  dependents?: Dependent[];
}

/** `release`: the one that its main process works in; null: unknown. */
export type Dependent = NonNullable<HostFacts['dependents']>[number];

/** A unit of a process of a release. */
export interface FoundProcess {
  process: string;
  release: string;
  /** When systemd ends it at the latest, if it was told to finish; null: it was not. */
  drainsUntil: string | null;
}

/** Of a history, which has a look at each host. */
const MOST_LINES = 5;
const MOST_INTERPRETERS = 12;

/** Whether the live release answered as it should. */
export interface LiveAnswer {
  ready: boolean;
  /** Why it is not, in words; empty when it is. */
  why: string;
  /** With which probe it was found ready; else the likeliest one. */
  probe: PlacedProbe;
}

/** @param engine which engine and environment asks: its claims are its own */
export function inspectionOf(
  facts: HostFacts,
  { kept, socket, answer, engine }: { kept: Kept; socket: Socket; answer: LiveAnswer; engine: string },
): Inspection {
  const { live, lastGood, releases, claim } = facts;
  const running = live.mainPid !== 0;
  const abandoned = isAbandoned(facts, answer.ready);
  const { checkout, moved } = facts;
  const commitOf = (id: string | null) => releases.find((record) => record.id === id)?.commit ?? null;
  const previous = abandoned ? goodBeforeAbandoned(facts) : goodBefore(live.release, releases);
  return {
    live: live.release,
    liveCommit: commitOf(live.release),
    running,
    ready: answer.ready,
    why: answer.why,
    liveIsInstance: running && live.unit !== facts.policy.unit,
    liveUnit: live.unit,
    lastGood,
    lastGoodCommit: commitOf(lastGood),
    previousGood: previous,
    boots: facts.boot,
    abandoned,
    claim: claim === null ? null : { ...claim, ours: claim.engine === engine },
    socket,
    holder: facts.holder,
    dropIns: facts.dropIns,
    memory: { live: facts.liveMemoryBytes, available: facts.memoryAvailableBytes },
    diskFree: facts.diskFreeBytes,
    spare: facts.spare,
    interpreters: facts.interpreters.slice(0, MOST_INTERPRETERS),
    uv: facts.uv,
    leftovers: facts.leftovers,
    warnings: facts.warnings,
    environment: {
      drops: facts.environment.drops.slice(0, MOST_LINES),
      notices: facts.environment.notices.slice(0, MOST_LINES),
    },
    probes: {
      live: answer.probe,
      lastGood: keptProbe(lastGood, kept, socket),
      previousGood: keptProbe(previous?.id ?? null, kept, socket),
    },
    ...(facts.handMade !== undefined && { handMade: facts.handMade }),
    ...managedFor(facts, [live.release, lastGood, previous?.id ?? null]),
    ...foundProcesses(facts),
    ...foundDependents(facts),
    ...(checkout === undefined
      ? {}
      : { checkout: { ...checkout, changes: checkout.changes.slice(0, MOST_LINES) } }),
    ...(moved === undefined ? {} : { moved }),
  };
}

/** Not of all releases: a history has a look at each host. */
function managedFor({ managed }: HostFacts, releases: (string | null)[]): Pick<Inspection, 'managed'> {
  if (managed === undefined) return {};
  const known = Object.entries(managed.releases).filter(([release]) => releases.includes(release));
  return { managed: { newest: managed.newest, releases: Object.fromEntries(known) } };
}

/** Absent where there are none, so that a look at a release without processes stays as short. */
function foundProcesses({ processes = [] }: HostFacts): Pick<Inspection, 'processes'> {
  if (processes.length === 0) return {};
  return {
    processes: processes.map(({ process, release, until }) => ({ process, release, drainsUntil: until })),
  };
}

function foundDependents({ dependents = [] }: HostFacts): Pick<Inspection, 'dependents'> {
  return dependents.length === 0 ? {} : { dependents: dependents.slice(0, MOST_LINES) };
}

/**
 * Whether a deploy was abandoned on this host at some point of its way: terminated, reset, or its engine
 * lost. Unless last good is ready and alone in service, the live release was never good. Its state does not refuse
 * a deploy, and it is not a rollback target.
 */
export function isAbandoned(
  { claim, live, lastGood, moved }: Pick<HostFacts, 'claim' | 'live' | 'lastGood' | 'moved'>,
  ready: boolean,
): boolean {
  if (claim?.state !== 'open') return false;
  if (moved !== undefined) return true;
  return live.mainPid === 0 || live.active === 'deactivating' || live.release !== lastGood || !ready;
}

/**
 * The release that was last good before the live one; the newest good release when the live one is not good. A
 * release that was itself rolled back is left out.
 */
export function goodBefore(live: string | null, releases: ReleaseRecord[]): Release | null {
  const good = releases.filter((record) => record.good !== null);
  const now = good.find((record) => record.id === live);
  const newest = good.toSorted((a, b) => (a.good ?? '').localeCompare(b.good ?? '')).at(-1);
  const found = now === undefined ? newest : good.find((record) => record.id === now.before);
  return found === undefined ? null : { id: found.id, commit: found.commit };
}

/** A release that an abandoned deploy made live does not count: the target precedes last good. */
function goodBeforeAbandoned({ releases, live, lastGood }: HostFacts): Release | null {
  const good = releases.find((record) => record.id === lastGood);
  if (good === undefined || live.release === lastGood) return goodBefore(live.release, releases);
  return { id: good.id, commit: good.commit };
}

/** A claim that no run has closed. */
export function isClaimed({ claim }: Inspection): boolean {
  return claim?.state === 'open';
}

/** For people: what runs, and whether it is ready. */
export function liveInWords(facts: Inspection): string {
  const { live, running, ready, lastGood, abandoned, probes } = facts;
  if (!running) return lastGood === null ? 'nothing deployed yet' : `nothing runs; last good: ${lastGood}`;
  const stays = lastGood === null ? '; nothing was ever good here, so it stays' : '';
  const left = abandoned ? `, left by an abandoned deploy${stays}` : '';
  const { address, settings, verified } = probes.live ?? {};
  const own = verified === 'ready' && address !== undefined && settings !== undefined;
  const where = own ? ` at ${asListened(address)}${settings.readiness.path}` : '';
  return `live: ${live ?? 'a unit that Landfall did not write'}, ${ready ? `ready${where}` : 'NOT ready'}${left}`;
}

/** Which of two looks is believed about what was there before the second look's own claim. */
export function afterClaim(before: Inspection, now: Inspection): Inspection {
  const isOwnClaim = !isClaimed(before) && before.live === now.live;
  const live = isOwnClaim ? (before.probes.live ?? now.probes.live) : now.probes.live;
  return { ...now, claim: before.claim, probes: { ...now.probes, live } };
}
