/** Steps that are one request to the host: what is asked, and what the answer means to people. */

import type { Verb } from '../contract/answers';
import type { Claim, Verbs } from '../contract/contract-types';
import { fail } from '../deployment/failures';
import { RESTART_LIMIT_MS } from '../host-agent/limits';
import type { Dependencies } from './dependencies';
import { eventually } from './eventually';
import { unitInWords } from './observe/readiness';
import { type CallHost, type Claimed, claimOf, heartbeating, hostOf, type Noted, type OnHost } from './step';

/** The verbs that change something, and the fields that they have besides the claim. */
type ClaimedVerb = { [V in Verb]: Verbs[V]['request'] extends { claim: Claim } ? V : never }[Verb];
type Fields<V extends ClaimedVerb> = Omit<Verbs[V]['request'], 'claim'>;
/** The verbs that are asked again until they have stopped everything. */
type StoppingVerb = {
  [V in ClaimedVerb]: Verbs[V]['result'] extends { stopped: boolean } ? V : never;
}[ClaimedVerb];

/** An activity, once it has what it needs from outside. */
type Step<Input, Result> = (dependencies: Dependencies) => (input: Input) => Promise<Result>;

/** Asks once. As safe to run twice as the verb, and each verb with a claim is. */
export function oneRequest<V extends ClaimedVerb, Input extends Claimed, Result extends Noted>(
  verb: V,
  fields: (input: Input) => Fields<V>,
  result: (answer: Verbs[V]['result'], input: Input) => Result,
): Step<Input, Result> {
  return (dependencies) => (input) =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      return result(await call(verb, withClaim<V>(fields(input), input)), input);
    });
}

/**
 * Asks again until everything has stopped: a unit may take as long as its own stop limit. Safe to run twice.
 * @param looksAt whose unit is looked at when it does not stop; null: what serves
 * @throws CommandFailed when it does not stop at all
 */
export function untilStopped<V extends StoppingVerb, Input extends Claimed>(
  verb: V,
  fields: (input: Input) => Fields<V>,
  note: (answer: Verbs[V]['result'], input: Input) => string,
  looksAt: (input: Input) => string | null = () => null,
): Step<Input, Noted> {
  return (dependencies) => (input) =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const request = withClaim<V>(fields(input), input);
      const answer = await eventually(RESTART_LIMIT_MS, async () => {
        const now = await call(verb, request);
        return now.stopped ? now : null;
      });
      if (answer === null) throw await doesNotStop(call, input, looksAt(input));
      return { note: note(answer, input) };
    });
}

function withClaim<V extends ClaimedVerb>(fields: Fields<V>, input: Claimed): Verbs[V]['request'] {
  return { claim: claimOf(input), ...fields } as Verbs[V]['request'];
}

async function doesNotStop(call: CallHost, { host }: OnHost, release: string | null): Promise<Error> {
  const unit = await call('observe', { address: null, release });
  return fail('CommandFailed', `${unit.unit} on ${host.name} does not stop: ${unitInWords(unit)}.`, {
    host: host.name,
    advice: `Stop the unit by hand: systemctl kill -s KILL ${unit.unit}`,
  });
}
