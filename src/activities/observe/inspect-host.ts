import type { ServiceSettings } from '../../config/deploy-input';
import { fail } from '../../deployment/failures';
import { type Overlap, planOverlap } from '../../deployment/plan/switchover';
import { type Known, knownReleases, type WaysBack, wayBackTo } from '../../deployment/probes';
import type { HostFacts, ReleaseRecord } from '../../host-agent/contract-types';
import { bindArgument } from '../../host-agent/gunicorn';
import { type AllowedUrls, checkUrl } from '../../http/url-guard';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost, runOfStep } from '../step';
import { askLive, type LiveAnswer } from './ask-live';

/** The input of every look at a host. */
export interface Looking extends OnHost {
  environment: string;
  settings: ServiceSettings;
}

export interface InspectHostInput extends Looking {
  /** Continue although the live release is not ready. */
  fixForward: boolean;
  /** The old release stops before the new one starts: there need not be room for two. */
  stopFirst?: boolean;
  /** A good release that stands there is to serve again: that needs neither room, nor an interpreter, nor a live release worth keeping. */
  goesBack?: boolean;
  /** The host is repaired first: ignore a lack of memory, and an address that an unfinished deploy moved. */
  mending?: boolean;
}

/** The facts that a deploy needs about a host before it changes anything there. */
export interface Inspection extends Noted {
  /** The release that runs now; null: none, or a process that Landfall did not start. */
  live: string | null;
  /** Whether anything runs under the service's unit. */
  running: boolean;
  ready: boolean;
  lastGood: string | null;
  /** Its commit; null: nothing was ever good. */
  lastGoodCommit?: string | null;
  /** An abandoned deploy left this state. The live release may be bad, so it is not a rollback target. */
  tornOff?: boolean;
  /** The newest good release before the live one: what `landfall rollback` goes back to. */
  previousGood: { release: string; commit: string } | null;
  uv: string | null;
  leftovers: string[];
  /** Whether the live unit, and the boot unit, is an instance, alongside which others may run. */
  liveIsInstance?: boolean;
  bootIsInstance?: boolean;
  /** The boot unit is from before Landfall, and is the rollback target of a first deploy. */
  bootIsForeign?: boolean;
  /** Whether systemd listens for the service. */
  socketActive?: boolean;
  /** How a release starts alongside the live one; null: with strategy `restart`, it does not. */
  overlap?: Overlap | null;
  /** How what may be gone back to was when it was found good. */
  waysBack?: WaysBack;
}

/** Below this an unpacked release and its environment would probably fill the disk halfway. */
const LEAST_DISK_BYTES = 200_000_000;

/**
 * Looks at a host and changes nothing. Finds the live release, whether it is ready **now**, the rollback targets,
 * and whether the host has what a deploy needs. Safe to run twice.
 * @throws SetupNeeded or InvalidInput when a person must act first
 * @throws NotReady when the live release is not ready, because a rollback to it could not be verified
 */
export function inspectHost(dependencies: Dependencies) {
  return (input: InspectHostInput): Promise<Inspection> =>
    heartbeating(async () => {
      const facts = await factsOf(dependencies, input);
      if (!input.goesBack) {
        checkNeeds(input, facts);
        await checkUrls(input, dependencies.allowedUrls);
      }
      const known = knownReleases(dependencies.signingKey, input, facts);
      const answer = await askLive(dependencies, input, facts, known);
      const overlap = input.settings.strategy === 'overlap' ? planFor(input, facts, answer) : null;
      const inspection = inspectionOf(facts, known, answer, overlap);
      const expected = inspection.running || facts.lastGood !== null;
      if (expected && !answer.ready && !input.fixForward && !inspection.tornOff) {
        throw notReadyNow(input, answer);
      }
      return input.goesBack
        ? { ...inspection, note: [inspection.note, ...unknown(inspection)].join('; ') }
        : inspection;
    });
}

/**
 * @throws SetupNeeded when landfall.yaml and root do not allow the same
 */
export async function factsOf(dependencies: Dependencies, input: Looking): Promise<HostFacts> {
  const { python } = input.settings;
  const facts = await hostOf(dependencies, input)('inspect', { python, address: input.host.bind });
  checkPolicy(input, facts);
  return facts;
}

export function inspectionOf(
  facts: HostFacts,
  known: Known,
  { ready, way }: LiveAnswer,
  overlap: Overlap | null,
): Inspection {
  const running = facts.live.mainPid !== 0;
  // A release that an abandoned deploy made live is not a rollback target.
  const previous = isTornOff(facts, ready)
    ? beforeTornOff(facts)
    : previousGood(facts.releases, facts.live.release);
  const waysBack = {
    live: way,
    lastGood: wayBackTo(facts.lastGood, facts, known),
    previousGood: wayBackTo(previous?.release ?? null, facts, known),
  };
  return {
    live: facts.live.release,
    running,
    ready,
    lastGood: facts.lastGood,
    lastGoodCommit: facts.releases.find((record) => record.id === facts.lastGood)?.commit ?? null,
    tornOff: isTornOff(facts, ready),
    previousGood: previous,
    uv: facts.uv,
    leftovers: facts.leftovers,
    liveIsInstance: running && facts.live.unit !== facts.policy.unit,
    bootIsInstance: facts.boot.instance,
    bootIsForeign: facts.boot.foreign && facts.boot.enabled,
    socketActive: facts.socket.active,
    overlap,
    waysBack,
    note: [liveInWords(facts, ready), ...known.refused, ...(overlap?.notices ?? [])].join('; '),
  };
}

/** Found here, before anything is changed, and not when a release already serves. */
async function checkUrls({ settings: { readiness, soak } }: Looking, allowed: AllowedUrls): Promise<void> {
  if (readiness.url !== null) await checkUrl('readiness.url', readiness.url, allowed);
  if (soak?.url) await checkUrl('soak.url', soak.url, allowed);
}

/** The settings that a rollback lacks; a record that was refused is in the note already. */
function unknown({ previousGood, waysBack, note }: Inspection): string[] {
  if (previousGood === null || waysBack?.previousGood !== undefined) return [];
  const { release } = previousGood;
  if (note.includes(`kept of ${release} `)) return [];
  return [`${release} has no kept settings: landfall.yaml is used for it`];
}

/** After an abandoned deploy, two releases may run and fill the memory. */
function planFor(input: InspectHostInput, facts: HostFacts, { ready }: LiveAnswer): Overlap {
  const { claim } = facts;
  const isLeft = input.mending || (claim?.state === 'open' && claim.run !== runOfStep().runId);
  // A release that is not ready serves no user, and must not prevent a good one from replacing it.
  if (!isLeft && !input.stopFirst && !(input.goesBack && !ready)) return planOverlap(input, facts);
  const settings: ServiceSettings = { ...input.settings, whenMemoryShort: 'restart' };
  const plan = planOverlap({ ...input, settings }, facts);
  return input.mending ? { ...plan, before: null } : plan;
}

/**
 * Whether an abandoned deploy (terminated, reset, its engine lost) left the live release. Unless last good is ready
 * and alone in service, the live release was never good. Its state does not stop a deploy, and it is not a rollback
 * target.
 */
export function isTornOff(
  { claim, live, lastGood }: Pick<HostFacts, 'claim' | 'live' | 'lastGood'>,
  ready: boolean,
): boolean {
  if (claim?.state !== 'open') return false;
  return live.mainPid === 0 || live.active === 'deactivating' || live.release !== lastGood || !ready;
}

function checkPolicy(input: Looking, facts: HostFacts): void {
  const { settings, host } = input;
  const { policy } = facts;
  const allowed = JSON.stringify([policy.user, policy.base, policy.unit]);
  const missing = settings.envFiles.filter((file) => !policy.envFiles.includes(file));
  if (allowed !== JSON.stringify([settings.user, settings.base, settings.unit]) || missing.length > 0) {
    throw fail(
      'SetupNeeded',
      `landfall.yaml and ${host.name} disagree about ${input.service}: root allowed user ${policy.user}, base ${policy.base}, unit ${policy.unit}, environment files ${policy.envFiles.join(', ') || 'none'}.`,
      {
        host: host.name,
        advice: `Correct landfall.yaml, or run: landfall setup ${host.name} --env <environment>`,
      },
    );
  }
  const bind = bindArgument(host.bind);
  if (policy.addresses?.includes(bind) === false) {
    throw fail(
      'SetupNeeded',
      `Root has not allowed ${input.service} to listen on ${bind} on ${host.name}: /etc/landfall/${input.service}.json allows ${policy.addresses.join(', ') || 'nothing'}.`,
      {
        host: host.name,
        advice: `Correct \`bind:\` in landfall.yaml, or run: landfall setup ${host.name} --env <environment> --pin-addresses`,
      },
    );
  }
}

function checkNeeds(input: InspectHostInput, facts: HostFacts): void {
  const { settings, host } = input;
  if (facts.python === null) {
    throw fail('InvalidInput', `${host.name} has no interpreter called ${settings.python}.`, {
      host: host.name,
      advice: 'Install it (Debian: python3 and python3-venv), or correct `python:` in landfall.yaml.',
    });
  }
  if (facts.diskFreeBytes < LEAST_DISK_BYTES) {
    const free = Math.floor(facts.diskFreeBytes / 1_000_000);
    throw fail('CommandFailed', `${host.name} has only ${free} MB left for ${settings.base}.`, {
      host: host.name,
      advice: 'Free space there (at least 200 MB) and deploy again.',
    });
  }
}

function notReadyNow(input: InspectHostInput, { why }: LiveAnswer): Error {
  const { host, service } = input;
  return fail(
    'NotReady',
    `${service} on ${host.name} is not ready now, before anything was changed (${why}).`,
    {
      host: host.name,
      advice:
        'Repair what it depends on first (is the database up?). If this deploy is the fix, add --fix-forward.',
    },
  );
}

/**
 * The release that was last good before the live one; the newest good release when the live one is not good. A
 * release that was itself rolled back is left out.
 */
export function previousGood(
  releases: ReleaseRecord[],
  live: string | null,
): { release: string; commit: string } | null {
  const good = releases.filter((record) => record.good !== null);
  const now = good.find((record) => record.id === live);
  const newest = good.toSorted((a, b) => (a.good ?? '').localeCompare(b.good ?? '')).at(-1);
  const found = now === undefined ? newest : good.find((record) => record.id === now.before);
  return found === undefined ? null : { release: found.id, commit: found.commit };
}

function beforeTornOff({ releases, live, lastGood }: HostFacts): { release: string; commit: string } | null {
  const good = releases.find((record) => record.id === lastGood);
  if (good === undefined || live.release === lastGood) return previousGood(releases, live.release);
  return { release: good.id, commit: good.commit };
}

function liveInWords(facts: HostFacts, ready: boolean): string {
  const { live, lastGood } = facts;
  const name = live.release ?? 'a unit that Landfall did not write';
  const stays = lastGood === null ? '; nothing was ever good here, so it stays' : '';
  const left = isTornOff(facts, ready) ? `, left by a deploy that never ended${stays}` : '';
  if (live.mainPid !== 0) return `live: ${name}, ${ready ? 'ready' : 'NOT ready'}${left}`;
  return lastGood === null ? 'nothing deployed yet' : `nothing runs; last good: ${lastGood}`;
}
