import type { HostTarget, ReadinessSettings } from '../../config/deploy-input';
import type { ProbeAnswer, UnitState } from '../../contract/contract-types';
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
  live: UnitState,
  probes: [PlacedProbe, ...PlacedProbe[]],
): Promise<LiveAnswer> {
  const [first] = probes;
  if (live.mainPid === 0) return { ready: false, why: unitInWords(live), probe: first };
  if (live.release === null) return judgeForeign(dependencies, on, live, first);
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
 * A unit that Landfall did not write has no readiness path. It is well when it is active, and still the same process
 * after a question. Its answer does not count: it may listen elsewhere, or speak another protocol.
 */
async function judgeForeign(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  live: UnitState,
  probe: PlacedProbe,
): Promise<LiveAnswer> {
  await askerOf(dependencies, on, probe).ask();
  const now = await hostOf(dependencies, on)('observe', { address: probe.address, release: null });
  const isSame = now.mainPid === live.mainPid && now.invocation === live.invocation;
  if (isSame && now.active === 'active') return { ready: true, why: '', probe };
  const restarted = isSame ? '' : ', and its process has changed';
  return { ready: false, why: `${unitInWords(now)}${restarted}`, probe };
}

function askerOf(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  { address, settings }: PlacedProbe,
): Asker {
  return askerFor(dependencies, { ...on, host: { ...on.host, bind: address } }, settings.readiness);
}
