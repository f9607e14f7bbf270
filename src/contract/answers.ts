/** The answers of the helper, by `host/contract.json`. An answer that does not fit is refused. */
import { z } from 'zod';
import contract from '../../host/contract.json';
import { checkOf } from './checks';
import type { Shape } from './contract';
import type { Eject, HelperError, Setup, Verbs } from './contract-types';

export type Verb = keyof Verbs;
export type HelperErrorType = HelperError['type'];

/** A line of the helper's. */
export type Answer<V extends Verb> =
  | { protocol: number; ok: true; result: Verbs[V]['result'] }
  | { protocol: number; ok: false; error: HelperError };

export type SetupAnswer =
  | { protocol: number; ok: true; result: Setup['result'] }
  | { protocol: number; ok: false; error: HelperError };

const checks = new Map<Verb, z.ZodType>();

/** @returns the check of a verb's result; made when it is first asked for */
export function resultCheck<V extends Verb>(verb: V): z.ZodType<Verbs[V]['result']> {
  const check = checks.get(verb) ?? checkOf(contract.verbs[verb].result as Shape);
  checks.set(verb, check);
  // `contract-types.ts` is made from the same description.
  return check as z.ZodType<Verbs[V]['result']>;
}

export const setupCheck = checkOf(contract.setup.result as Shape) as z.ZodType<Setup['result']>;
export const ejectCheck = checkOf(contract.eject.result as Shape) as z.ZodType<Eject['result']>;

/** Asked of every answer first: another protocol has another shape. */
export const speaker = z.object(
  { protocol: z.int({ error: 'a whole number' }).min(0, { error: 'a whole number' }) },
  { error: 'an object' },
);

/** Around every answer. */
export const envelope = z.discriminatedUnion(
  'ok',
  [
    z.object({ ok: z.literal(true), result: z.unknown() }),
    z.object({ ok: z.literal(false), error: checkOf('helperError') as z.ZodType<HelperError> }),
  ],
  { error: 'true or false' },
);
