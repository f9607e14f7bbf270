import type { HostTarget, ReadinessSettings } from '../../config/deploy-input';
import type { Address, HostFacts, ProbeAnswer, UnitState } from '../../contract/contract-types';
import type { LiveAnswer } from '../../deployment/inspection';
import type { PlacedProbe } from '../../deployment/model';
import { asListened } from '../../deployment/probes';
import type { Dependencies } from '../dependencies';
import { hostOf } from '../step';
import { type Asker, askerFor, isLate, judgedAnswer, judgedInWords, unitInWords } from './readiness';

/** One refused connection in the middle of a worker's restart is not yet "not ready". */
const TRIES = 3;

/** At once, so that one of them reaches a worker that is free, and none costs further time. */
const TRIES_WHILE_BUSY = 5;

/** Asks the live release as users reach it, with one probe after the other until it is ready. */
export async function askLive(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  { live, handMade }: Pick<HostFacts, 'live' | 'handMade'>,
  probes: [PlacedProbe, ...PlacedProbe[]],
): Promise<LiveAnswer> {
  const [first] = probes;
  if (live.mainPid === 0) return { ready: false, why: unitInWords(live), probe: first };
  if (live.release === null) return judgeForeign(dependencies, on, { live, handMade }, first);
  const bad: string[] = [];
  for (const probe of probes) {
    const { readiness } = probe.settings;
    const asker = askerOf(dependencies, on, probe);
    const why = await whyNotReady(asker, readiness, probe, live);
    if (why === null) return { ready: true, why: '', probe };
    bad.push(probes.length === 1 ? why : `${asListened(probe.address)}${why}`);
  }
  return { ready: false, why: bad.join('; '), probe: first };
}

/** `refusals.ts` knows these words. */
const BUSY = 'its workers are busy or hang';

async function whyNotReady(
  asker: Asker,
  readiness: ReadinessSettings,
  { address }: PlacedProbe,
  live: UnitState,
): Promise<string | null> {
  const isGood = (answer: ProbeAnswer) => judgedAnswer(answer, readiness, address)?.good ?? false;
  let why = '';
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await asker.ask();
    if (isGood(answer)) return null;
    why = judgedInWords(answer, readiness, address);
    if (!isLate(answer, readiness)) continue;
    // Workers that accept a connection and are busy with another one: other connections may reach a free worker.
    const more = await Promise.all(Array.from({ length: TRIES_WHILE_BUSY }, () => asker.ask()));
    if (more.some(isGood)) return null;
    const asked = `${TRIES_WHILE_BUSY + tries + 1} questions`;
    if (more.every((each) => isLate(each, readiness)))
      return `${why} to ${asked}, while ${live.unit} runs: ${BUSY}`;
  }
  return why;
}

/**
 * A unit that Landfall did not write is well when it is active, and still the same process after a question. How it
 * answers at its own address does not count now. A rollback to it waits for such an answer.
 */
async function judgeForeign(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  { live, handMade }: Pick<HostFacts, 'live' | 'handMade'>,
  first: PlacedProbe,
): Promise<LiveAnswer> {
  const probe = await answeringProbe(dependencies, on, foreignProbes(first, handMade?.listens ?? []));
  const now = await hostOf(dependencies, on)('observe', { address: probe.address, release: null });
  const isSame = now.mainPid === live.mainPid && now.invocation === live.invocation;
  if (isSame && now.active === 'active') return { ready: true, why: '', probe };
  const restarted = isSame ? '' : ', and its process has changed';
  return { ready: false, why: `${unitInWords(now)}${restarted}`, probe };
}

/** At each of its own addresses, as landfall.yaml asks a release; a command of the release does not run there. */
function foreignProbes(first: PlacedProbe, [address, ...more]: Address[]): [PlacedProbe, ...PlacedProbe[]] {
  const { settings } = first;
  const { check, ...readiness } = settings.readiness;
  const asked = { ...readiness, url: null, check: typeof check === 'string' ? check : ('http' as const) };
  const probe = { ...first, settings: { ...settings, readiness: asked }, moved: false };
  return [
    { ...probe, address: address ?? first.address },
    ...more.map((other) => ({ ...probe, address: other })),
  ];
}

/** The first of these at which it is ready; else the first that it answers; else the first. */
async function answeringProbe(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  probes: [PlacedProbe, ...PlacedProbe[]],
): Promise<PlacedProbe> {
  let best: PlacedProbe | null = null;
  for (const probe of probes) {
    const { readiness } = probe.settings;
    const asker = askerOf(dependencies, on, probe);
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await asker.ask();
      if (judgedAnswer(answer, readiness, probe.address)?.good) return { ...probe, verified: 'ready' };
      if (answer.status !== null) best ??= { ...probe, verified: 'answers' };
      else if (!isLate(answer, readiness)) break;
    }
  }
  return best ?? probes[0];
}

function askerOf(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  { address, settings }: PlacedProbe,
): Asker {
  return askerFor(dependencies, { ...on, host: { ...on.host, bind: address } }, settings.readiness);
}
