import { asListened, type Known, type WayBack, waysToAskLive } from '../../deployment/probes';
import type { HostFacts } from '../../host-agent/contract-types';
import type { Dependencies } from '../dependencies';
import type { Looking } from './inspect-host';
import { askerFor, inWords, isReady, unitInWords } from './readiness';

/** One refused connection in the middle of a worker's restart is not yet "not ready". */
const TRIES = 3;

export interface LiveAnswer {
  ready: boolean;
  /** Why it is not, in words; empty when it is. */
  why: string;
  /** In which way it was found ready; else the likeliest one. */
  way: WayBack;
}

/** Probes the live release as users reach it. */
export async function askLive(
  dependencies: Dependencies,
  input: Looking,
  facts: HostFacts,
  known: Known,
): Promise<LiveAnswer> {
  const { live } = facts;
  const ways = waysToAskLive(input, facts, known);
  if (live.mainPid === 0) return { ready: false, why: unitInWords(live), way: ways[0] };
  const bad: string[] = [];
  for (const way of ways) {
    const host = { ...input.host, bind: way.address };
    const { readiness } = way.settings;
    const asker = askerFor(dependencies, { ...input, host }, readiness);
    let why = '';
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await asker.ask();
      if (isReady(answer)) return { ready: true, why: '', way };
      why = `${readiness.path}: ${inWords(answer)}`;
    }
    bad.push(ways.length === 1 ? why : `${asListened(way.address)}${why}`);
  }
  return { ready: false, why: bad.join('; '), way: ways[0] };
}
