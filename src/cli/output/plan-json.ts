/** The output of `landfall plan --json`: the promise to programs, and the check of what the engine hands over. */
import { z } from 'zod';
import type { PlanReport } from '../../deployment/plan-report';
import type { Reason } from '../../deployment/status';

const commits = z.object({
  count: z.number(),
  newest: z.array(z.object({ commit: z.string(), subject: z.string() })).describe('At most 20.'),
});

const reason = z.object({
  // A newer worker may know more types. The type is only shown.
  type: z.string() as unknown as z.ZodType<Reason['type']>,
  message: z.string(),
  host: z.string().nullable(),
  advice: z.string().describe('The next step for a person.'),
});

const comparison = z.object({
  from: z.string().describe('A commit that is live.'),
  added: commits.describe('Commits that the wanted commit has and the live one does not have, newest first.'),
  removed: commits.describe('The reverse: commits that are live now, and will not be.'),
  dependencies: z.object({
    changes: z
      .array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string().nullable() }))
      .describe('Pinned versions, by name. `from` null: added. `to` null: removed.'),
    more: z.number().describe('Changes that are not listed.'),
    notCompared: z.array(z.string()).describe('Lines that pin no version, and files that cannot be read.'),
  }),
  problem: z.string().nullable().describe('Why nothing was compared; null: it was.'),
});

const unit = z.object({
  changed: z.boolean(),
  added: z.number(),
  removed: z.number(),
  diff: z
    .string()
    .describe('Unified diff without the names of the two releases; values of settings are masked.'),
  isCut: z.boolean(),
  warnings: z.array(z.string()),
});

const hostPlan = z.object({
  live: z
    .object({
      commit: z.string().nullable(),
      running: z.boolean(),
      ready: z.boolean(),
      why: z.string().describe('Why it is not ready.'),
    })
    .nullable()
    .describe('null: the host could not be examined.'),
  claimedBy: z.string().nullable().describe('The run id of an open claim.'),
  repairs: z.array(z.string()).describe('The repairs that come first, after an abandoned deploy.'),
  how: z.enum(['verify', 'restart', 'alongside']).nullable(),
  why: z.string(),
  python: z
    .string()
    .nullable()
    .describe('The interpreter of its environment; null: not known, or the release is there already.'),
  changes: z.array(z.string()).describe('The steps that change what serves, in their order.'),
  interruption: z
    .object({ requests: z.enum(['wait', 'fail']), why: z.string() })
    .nullable()
    .describe('null: none.'),
  back: z.string().nullable().describe('The rollback target.'),
  unit: unit.nullable(),
  refused: z.array(reason),
  warnings: z.array(z.string()),
});

const report = z.object({
  service: z.string(),
  environment: z.string(),
  requested: z.string().nullable().describe('The ref; null: the good release before the live one.'),
  commit: z.string().nullable().describe('null: not found, and `refused` says why.'),
  subject: z.string().nullable(),
  facts: z.array(z.string()).describe('Facts about the commit, its dependencies first.'),
  refused: z.array(reason).describe('Reasons that refuse the deploy for all hosts.'),
  migration: z
    .object({
      command: z.array(z.string()),
      host: z.string(),
      each: z.boolean().describe('On every host, one after the other.'),
    })
    .nullable(),
  comparisons: z.array(comparison).describe('One for each commit that is live; at most 5 are compared.'),
  groups: z
    .array(z.object({ hosts: z.array(z.string()), plan: hostPlan }))
    .describe('Hosts with the same plan stand together; those that would refuse come first.'),
}) satisfies z.ZodType<PlanReport>;

const json = report.extend({
  wouldBeRefused: z.boolean().describe('The exit code is 2 then.'),
  underway: z.string().nullable().describe('The deploy that runs now; the hosts may be halfway.'),
  lastDeploys: z
    .array(z.object({ started: z.string(), seconds: z.number() }))
    .nullable()
    .describe('The last deploys that succeeded, newest first, soak included; null: not known.'),
});

export type PlanJson = z.output<typeof json>;

/** @returns null for a result that this version of Landfall does not know */
export function readPlan(result: unknown): PlanReport | null {
  return report.safeParse(result).data ?? null;
}

/** JSON Schema (draft 2020-12) of the output. */
export function planSchemaText(): string {
  const schema = z.toJSONSchema(json, { target: 'draft-2020-12' });
  return `${JSON.stringify({ title: 'landfall plan --json', ...schema }, null, 2)}\n`;
}
