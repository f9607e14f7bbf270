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

/** What every look at a host needs to know. */
export interface Looking extends OnHost {
  environment: string;
  settings: ServiceSettings;
}

export interface InspectHostInput extends Looking {
  /** Go on although the live release is not ready. */
  fixForward: boolean;
  /** The old release stops before the new one starts: there need not be room for two. */
  stopFirst?: boolean;
  /** A good release that stands there is to serve again: that needs neither room, nor an interpreter, nor a live release worth keeping. */
  goesBack?: boolean;
  /** It is to be mended first: neither a lack of memory nor an address that an unfinished deploy had moved counts. */
  mending?: boolean;
}

/** What a deploy needs to know about a host before it changes anything there. */
export interface Inspection extends Noted {
  /** The release that runs now; null: nothing, or something that Landfall did not start. */
  live: string | null;
  /** Whether anything runs under the service's unit. */
  running: boolean;
  ready: boolean;
  lastGood: string | null;
  /** Its commit; null: nothing was ever good. */
  lastGoodCommit?: string | null;
  /** A deploy that never ended left this, and nobody knows that it is good: what runs is no rollback target. */
  tornOff?: boolean;
  /** The newest good release before the live one: what `landfall rollback` goes back to. */
  previousGood: { release: string; commit: string } | null;
  uv: string | null;
  leftovers: string[];
  /** Whether what is live, and what boots, is an instance beside which others may run. */
  liveIsInstance?: boolean;
  bootIsInstance?: boolean;
  /** What boots is a unit from before Landfall, which a first deploy goes back to. */
  bootIsForeign?: boolean;
  /** Whether systemd listens for the service. */
  socketActive?: boolean;
  /** How a release gets beside the live one; null: it does not, with strategy `restart`. */
  overlap?: Overlap | null;
  /** How what may be gone back to was when it was found good. */
  waysBack?: WaysBack;
}

/** Below this an unpacked release and its environment would probably fill the disk halfway. */
const LEAST_DISK_BYTES = 200_000_000;

/**
 * Looks at a host and changes nothing: what runs, whether it is ready **now**, what a rollback
 * could go back to, whether there is what a deploy needs. Safe to run twice.
 * @throws SetupNeeded or InvalidInput for what a person must mend first; NotReady when the live
 *   release is not ready, because a rollback to it could not be verified
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
  // What a torn-off deploy had put in service is on nobody's way back.
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

/** What a rollback goes without; a record that was refused is in the note already. */
function unknown({ previousGood, waysBack, note }: Inspection): string[] {
  if (previousGood === null || waysBack?.previousGood !== undefined) return [];
  const { release } = previousGood;
  if (note.includes(`kept of ${release} `)) return [];
  return [`nothing was kept of ${release} when it was good: landfall.yaml counts for it`];
}

/** Two releases may well run, and fill the memory, where another run was torn off. */
function planFor(input: InspectHostInput, facts: HostFacts, { ready }: LiveAnswer): Overlap {
  const { claim } = facts;
  const isLeft = input.mending || (claim?.state === 'open' && claim.run !== runOfStep().runId);
  // What is not ready serves nobody, and must not keep what was good from taking its place.
  if (!isLeft && !input.stopFirst && !(input.goesBack && !ready)) return planOverlap(input, facts);
  const settings: ServiceSettings = { ...input.settings, whenMemoryShort: 'restart' };
  const plan = planOverlap({ ...input, settings }, facts);
  return input.mending ? { ...plan, before: null } : plan;
}

/**
 * A deploy that never ended (terminated, its engine lost, reset) left the host at some point of
 * its way there or back. Anything but last good, ready and alone in service, was never good: its state
 * is no reason to stop, and no rollback goes back to it.
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
      advice: 'Make room there (at least 200 MB) and deploy again.',
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
        'Mend what it depends on first (is the database up?). If this deploy is the mend, use --fix-forward.',
    },
  );
}

/**
 * What was last good before the live release became it; the newest good one when the live one is
 * none. A release that was itself gone back from is not on the way.
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
