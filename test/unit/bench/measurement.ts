import type { Measurement } from '../../../bench/measure';

/** A good deploy that cost nothing; tests change what they are about. */
export function measurement(
  changes: Partial<Measurement> = {},
  load: Partial<Measurement['load']> = {},
): Measurement {
  const kind = { requests: 100, failed: 0, worstMs: 10 };
  return {
    round: 1,
    contender: 'landfall-restart',
    scenario: 'good',
    exitCode: 0,
    wallSeconds: 4,
    ending: 'new',
    reached: 150,
    load: {
      requests: 300,
      failed: 0,
      kinds: { fresh: kind, kept: kind, slow: { ...kind, worstMs: 1010 } },
      failures: {},
      versions: {},
      worstMs: 10,
      medianMs: 4,
      outageMs: 20,
      worstLagMs: 2,
      ...load,
    },
    ...changes,
  };
}
