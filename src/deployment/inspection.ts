/** What a look at a host found, in as few values as plans need. Pure. */
import type { ClaimRecord, HostFacts, ReleaseRecord } from '../host-agent/contract-types';
import type { PlacedProbe, Release } from './model';
import { type Kept, keptProbe, type Probes, type Socket } from './probes';

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
  /** What runs is an instance, beside which others may run. */
  liveIsInstance: boolean;
  /** The unit of what runs. */
  liveUnit: string;
  /** The newest release that passed a whole deploy. */
  lastGood: string | null;
  lastGoodCommit: string | null;
  /** The newest good release before the live one: what `landfall rollback` goes back to. */
  previousGood: Release | null;
  /** What a reboot would start. */
  boots: HostFacts['boot'];
  /** An abandoned deploy left what runs, and nobody knows whether it is good. */
  abandoned: boolean;
  /** `ours`: it was made from this engine, for this environment. */
  claim: (ClaimRecord & { ours: boolean }) | null;
  socket: Socket;
  /** Which program has the address that the service is to listen on; null: nobody else. */
  holder: string | null;
  /** Whether the service's own unit has drop-ins. */
  dropIns: boolean;
  /** Bytes. `live` is null when nothing runs, or too many processes do. */
  memory: { live: number | null; available: number };
  diskFree: number;
  hasPython: boolean;
  uv: string | null;
  /** What `repairHost` would tidy up, one sentence each. */
  leftovers: string[];
  /** What root should know of what is there, one sentence each. */
  warnings: string[];
  probes: Probes;
}

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
    hasPython: facts.python !== null,
    uv: facts.uv,
    leftovers: facts.leftovers,
    warnings: facts.warnings,
    probes: {
      live: answer.probe,
      lastGood: keptProbe(lastGood, kept, socket),
      previousGood: keptProbe(previous?.id ?? null, kept, socket),
    },
  };
}

/**
 * Whether a deploy was abandoned on this host at some point of its way: terminated, reset, or its engine
 * lost. Then anything but last good, ready and alone in service, was never good: it is no reason to
 * refuse a deploy, and no rollback goes back to it.
 */
export function isAbandoned(
  { claim, live, lastGood }: Pick<HostFacts, 'claim' | 'live' | 'lastGood'>,
  ready: boolean,
): boolean {
  if (claim?.state !== 'open') return false;
  return live.mainPid === 0 || live.active === 'deactivating' || live.release !== lastGood || !ready;
}

/**
 * What was last good before the live release became it; the newest good release when the live one is
 * not good. A release that was itself gone back from is not among them.
 */
export function goodBefore(live: string | null, releases: ReleaseRecord[]): Release | null {
  const good = releases.filter((record) => record.good !== null);
  const now = good.find((record) => record.id === live);
  const newest = good.toSorted((a, b) => (a.good ?? '').localeCompare(b.good ?? '')).at(-1);
  const found = now === undefined ? newest : good.find((record) => record.id === now.before);
  return found === undefined ? null : { id: found.id, commit: found.commit };
}

/** What an abandoned deploy had put in service is not what a rollback starts from. */
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
export function liveInWords({ live, running, ready, lastGood, abandoned }: Inspection): string {
  if (!running) return lastGood === null ? 'nothing deployed yet' : `nothing runs; last good: ${lastGood}`;
  const stays = lastGood === null ? '; nothing was ever good here, so it stays' : '';
  const left = abandoned ? `, left by an abandoned deploy${stays}` : '';
  return `live: ${live ?? 'a unit that Landfall did not write'}, ${ready ? 'ready' : 'NOT ready'}${left}`;
}

/** Which of two looks is believed about what was there before the second look's own claim. */
export function afterClaim(before: Inspection, now: Inspection): Inspection {
  const isOwnClaim = !isClaimed(before) && before.live === now.live;
  const live = isOwnClaim ? (before.probes.live ?? now.probes.live) : now.probes.live;
  return { ...now, claim: before.claim, probes: { ...now.probes, live } };
}
