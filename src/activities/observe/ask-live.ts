import type { HostTarget } from '../../config/deploy-input';
import type { UnitState } from '../../contract/contract-types';
import type { LiveAnswer } from '../../deployment/inspection';
import type { PlacedProbe } from '../../deployment/model';
import { asListened } from '../../deployment/probes';
import type { Dependencies } from '../dependencies';
import { askerFor, judgedAnswer, judgedInWords, unitInWords } from './readiness';

/** One refused connection in the middle of a worker's restart is not yet "not ready". */
const TRIES = 3;

/** Asks what runs as users reach it, with one probe after the other until it is ready. */
export async function askLive(
  dependencies: Dependencies,
  on: { service: string; host: HostTarget },
  live: UnitState,
  probes: [PlacedProbe, ...PlacedProbe[]],
): Promise<LiveAnswer> {
  if (live.mainPid === 0) return { ready: false, why: unitInWords(live), probe: probes[0] };
  const bad: string[] = [];
  for (const probe of probes) {
    const { readiness } = probe.settings;
    const host = { ...on.host, bind: probe.address };
    const asker = askerFor(dependencies, { ...on, host }, readiness);
    let why = '';
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await asker.ask();
      if (judgedAnswer(answer, readiness, probe.address)?.good) return { ready: true, why: '', probe };
      why = judgedInWords(answer, readiness, probe.address);
    }
    bad.push(probes.length === 1 ? why : `${asListened(probe.address)}${why}`);
  }
  return { ready: false, why: bad.join('; '), probe: probes[0] };
}
