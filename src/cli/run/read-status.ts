import { z } from 'zod';
import { type DeployStatus, HOST_STATES, OUTCOMES, PHASES } from '../../deployment/status';

const hostState = z.enum(HOST_STATES);

const hostFact = z.object({
  state: hostState,
  live: z.string().nullable(),
  environment: z.object({ version: z.number(), newest: z.number() }).optional(),
  problem: z.string().nullable(),
  soaksUntil: z.string().optional(),
  draining: z.array(z.object({ process: z.string(), release: z.string(), until: z.string() })).optional(),
  ran: z.literal(true).optional(),
  repaired: z.string().optional(),
  lastGood: z.object({ release: z.string(), commit: z.string().nullable() }).nullish(),
});

const reason = z.object({
  // A newer worker may know more types. The type is only shown.
  type: z.custom<NonNullable<DeployStatus['reason']>['type']>((value) => typeof value === 'string'),
  message: z.string(),
  host: z.string().nullable(),
  advice: z.string(),
});

const schema: z.ZodType<DeployStatus> = z.object({
  task: z.enum(['repair', 'restart']).optional(),
  service: z.string(),
  environment: z.string(),
  requested: z.string(),
  commit: z.string().nullable(),
  by: z.string(),
  ciRun: z.string().nullable(),
  stopFirst: z.boolean().optional(),
  phase: z.enum(PHASES),
  outcome: z.enum(OUTCOMES).nullable(),
  cancelled: z.boolean(),
  reason: reason.nullable(),
  trouble: reason.nullable(),
  decisions: z.array(z.string()),
  question: z.number().nullable(),
  hosts: z.record(z.string(), hostFact),
  others: z.partialRecord(hostState, z.number()).optional(),
});

/**
 * The status in a run's memo. Anybody who reaches the engine may have written the memo.
 * @returns null for a memo of another shape, or of a version of Landfall that knows more states
 */
export function readStatus(memo: unknown): DeployStatus | null {
  return schema.safeParse(memo).data ?? null;
}
