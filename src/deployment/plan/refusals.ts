/** Why nothing may be changed on a host as it stands. Pure. */
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import { type FailureType, fail } from '../failures';
import { bindArgument } from '../gunicorn';
import { keepsAddress, listenedInWords, lostInWords, lostSettings } from '../hand-made';
import type { Inspection } from '../inspection';
import { asListened } from '../probes';
import { adviceOn } from '../readiness-advice';
import { listensByItself, memoryShort, switchoverOf } from './switchover';

export interface Refusal {
  type: FailureType;
  message: string;
  /** The next step for a person, in the imperative. */
  advice: string;
}

/** The request of a deploy to a host. */
export interface Undertaking {
  service: string;
  host: HostTarget;
  settings: ServiceSettings;
  /** A release that stands there is to serve again: neither room nor an interpreter is needed. */
  goesBack: boolean;
  /** A live release that is not ready does not stop the deploy. */
  fixForward: boolean;
  /** The old release stops before anything of the new one runs. */
  stopFirst: boolean;
  /** Another deploy left the host: what fills its memory may have to go anyway. */
  takesOver: boolean;
}

/** Below this an unpacked release and its environment would probably fill the disk halfway. */
const LEAST_DISK_BYTES = 200_000_000;

/** All of them, the first things to correct first; none: the deploy may begin. */
export function refusalsOf(facts: Inspection, wanted: Undertaking): Refusal[] {
  return [
    wanted.goesBack ? null : noDisk(facts, wanted),
    wanted.goesBack ? null : settingDropped(facts, wanted),
    wanted.goesBack ? null : settingLost(facts, wanted),
    wanted.goesBack ? null : proxyLeft(facts, wanted),
    checkoutStuck(facts, wanted),
    addressTaken(facts, wanted),
    noMemory(facts, wanted),
    notReady(facts, wanted),
  ].filter((refusal) => refusal !== null);
}

/** The host itself refuses the claim; a plan, which claims nothing, knows it by this. */
export function claimedElsewhere(
  { claim }: Inspection,
  { host, takeOver }: { host: HostTarget; takeOver: boolean },
): Refusal | null {
  if (claim?.state !== 'open' || claim.ours || takeOver) return null;
  const { commit, by, since, engine } = claim;
  return {
    type: 'Fenced',
    message: `A deploy of another engine (${engine}) is unfinished on ${host.name}: commit ${commit.slice(0, 12)} by ${by} since ${since}.`,
    advice: 'Finish that deploy there, or take the host over with --take-over.',
  };
}

/** @throws the first of them */
export function refuse(host: string, [first]: Refusal[]): void {
  if (first !== undefined) throw fail(first.type, first.message, { host, advice: first.advice });
}

/** With strategy `restart` the new release shows it: the old one has the address until it stops. */
export function addressTaken(
  facts: Inspection,
  { host, settings }: Pick<Undertaking, 'host' | 'settings'>,
): Refusal | null {
  if (settings.strategy !== 'overlap' || facts.holder === null || listensByItself(facts)) return null;
  return {
    type: 'CommandFailed',
    message: `${asListened(host.bind)} on ${host.name} is taken by ${facts.holder}.`,
    advice: 'Stop that program, or give the service another address with `bind:` in landfall.yaml.',
  };
}

function noDisk({ diskFree, spare }: Inspection, { host, settings }: Undertaking): Refusal | null {
  // Old releases go for the new one, as soon as its size is known.
  if (diskFree + (spare?.bytes ?? 0) >= LEAST_DISK_BYTES) return null;
  const free = Math.floor(diskFree / 1_000_000);
  const old =
    spare === null || spare.releases === 0
      ? ''
      : ` Its ${spare.releases} old releases (keepReleases) take ${Math.ceil(spare.bytes / 1_000_000)} MB.`;
  return {
    type: 'CommandFailed',
    message: `${host.name} has only ${free} MB left for ${settings.base}.${old}`,
    advice: 'Free space there (at least 200 MB with the old releases) and deploy again.',
  };
}

/** The release would run without the setting, without a word. */
function settingDropped({ environment }: Inspection, { host }: Undertaking): Refusal | null {
  const [first] = environment.drops;
  if (first === undefined) return null;
  const more = environment.drops.length - 1;
  const others = more > 0 ? ` (and ${more} more ${more === 1 ? 'line' : 'lines'})` : '';
  return {
    type: 'InvalidInput',
    message: `An environment file on ${host.name} is not as systemd reads it: ${first}${others}.`,
    advice: `Write NAME=value on each line of that file${/export/.test(first) ? ', without export' : ''}; quotes go around a whole value.`,
  };
}

/** Set by the unit from before, by nothing else: the release would start without them, without a word. */
function settingLost({ handMade, liveUnit }: Inspection, { host, settings }: Undertaking): Refusal | null {
  const lost = handMade === undefined ? [] : lostSettings(handMade, settings);
  if (lost.length === 0) return null;
  const files = [...new Set(lost.flatMap(({ file }) => file ?? []))];
  const ofUnit = lost.some(({ file }) => file === null);
  const many = lost.length === 1 ? 'a setting' : `${lost.length} settings`;
  return {
    type: 'InvalidInput',
    message: `The release would lose ${many} of ${liveUnit} on ${host.name}: ${lostInWords(lost, liveUnit)}.`,
    advice: [
      files.length > 0 &&
        `Write \`envFiles: [${[...settings.envFiles, ...files].join(', ')}]\` in landfall.yaml, and run: landfall setup ${host.name} --env <environment>.`,
      ofUnit &&
        `Write plain settings of ${liveUnit} under \`env:\`, and set secrets with: landfall env set. \`landfall adopt ${host.name} ${liveUnit} --move-secrets\` moves all of them into a file. Remove from it what nothing needs.`,
    ]
      .filter((each) => each !== false)
      .join(' '),
  };
}

/** Users would reach nothing, although the deploy is good. */
function proxyLeft({ handMade, liveUnit }: Inspection, { host }: Undertaking): Refusal | null {
  if (handMade === undefined || handMade.proxy === null || keepsAddress(handMade.listens, host.bind))
    return null;
  const old = listenedInWords(handMade.listens);
  const [first = host.bind] = handMade.listens;
  return {
    type: 'InvalidInput',
    message: `${handMade.proxy} on ${host.name} passes requests to ${old}, where ${liveUnit} listens, and the release would listen on ${asListened(host.bind)}.`,
    advice: `Write \`bind: '${bindArgument(first)}'\` in landfall.yaml, or name ${asListened(host.bind)} in that file first.`,
  };
}

/** The checkout cannot be moved, or a move would lose what a person has changed. */
export function checkoutStuck(
  { checkout, moved }: Inspection,
  { host, settings }: { host: { name: string }; settings: Pick<ServiceSettings, 'checkout'> },
): Refusal | null {
  // A checkout that an abandoned deploy has left half moved has such changes too.
  if (checkout === undefined || moved !== undefined) return null;
  const { problem, advice, changes } = checkout;
  if (problem !== null)
    return { type: 'InvalidInput', message: `${host.name}: ${problem}`, advice: advice ?? '' };
  if (changes.length === 0) return null;
  const place = settings.checkout ?? '';
  return {
    type: 'InvalidInput',
    message: `${place} on ${host.name} has local changes, which a deploy would lose: ${changes.join(', ')}.`,
    advice: `Commit and push them, or put them aside there: git -C ${place} stash.`,
  };
}

function noMemory(facts: Inspection, wanted: Undertaking): Refusal | null {
  const { host, settings } = wanted;
  // A release that is not ready serves no user, and must not prevent a good one from replacing it.
  const isExcused = wanted.takesOver || wanted.stopFirst || (wanted.goesBack && !facts.ready);
  if (isExcused || settings.whenMemoryShort === 'restart') return null;
  const short = memoryShort(facts);
  if (short === null || switchoverOf(facts, settings, host.bind)?.stopFirst !== short) return null;
  return {
    type: 'CommandFailed',
    message: `${host.name} has no memory for two releases at once: ${short}.`,
    advice:
      'Make room, or write `whenMemoryShort: restart` in landfall.yaml: the old release then stops before the new one starts, and requests wait meanwhile.',
  };
}

/** A rollback to it could not be verified. */
function notReady(facts: Inspection, { service, host, settings, fixForward }: Undertaking): Refusal | null {
  const isExpected = facts.running || facts.lastGood !== null;
  if (facts.ready || !isExpected || fixForward || facts.abandoned) return null;
  return {
    type: 'NotReady',
    message: `${service} on ${host.name} is not ready now, before anything was changed (${facts.why}).`,
    advice: `${adviceOn(facts.why, settings.readiness) ?? repairing(facts)} If this deploy is the fix, add --fix-forward.`,
  };
}

function repairing({ why, live, liveUnit }: Inspection): string {
  if (live === null) return `Landfall did not write ${liveUnit}: start or repair it first.`;
  if (/ are busy or hang/.test(why))
    return 'Raise gunicorn.workers or readiness.requestTimeout, or wait until a worker is free.';
  return /status 5\d\d/.test(why)
    ? 'Repair what it depends on first (is the database up?).'
    : 'Repair it first; its journal says more.';
}
