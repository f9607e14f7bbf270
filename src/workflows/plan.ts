import { isCancellation } from '@temporalio/workflow';
import type { DeployInput, HostTarget } from '../config/deploy-input';
import { directoryIn } from '../config/in-place';
import { failureOf } from '../deployment/failures';
import type { Inspection } from '../deployment/inspection';
import { startsFirst } from '../deployment/plan/import-proof';
import { placeOf } from '../deployment/plan/placement';
import { goodReleaseOf, previousCommit } from '../deployment/plan/previous-release';
import { claimedElsewhere, type Refusal } from '../deployment/plan/refusals';
import { interpreterFor } from '../deployment/plan/release-settings';
import { settingsOf } from '../deployment/plan/rollback-target';
import {
  type Comparison,
  examined,
  grouped,
  type HostPlan,
  hostPlanOf,
  notCompared,
  type PlanReport,
  reportFor,
  type UnitPreview,
  unexamined,
  unnamedRelease,
} from '../deployment/plan-report';
import type { ProjectFacts } from '../deployment/project/facts';
import { factWords, packagingOf, refusalOfFacts, withPackaging } from '../deployment/project/with-facts';
import type { Reason } from '../deployment/status';
import { shortened } from '../text/safe-text';
import { checkedPlan } from './checked-input';
import { Host } from './host';
import { refusalsFor } from './inspect-for';
import { reasonOf } from './reason';
import { firstContact, lasting } from './steps';

/** More live commits than that are not one service any more. */
const MOST_COMPARISONS = 5;
const MOST_COMPLAINT = 500;

/**
 * Says what a deploy would do, and does nothing: no claim, no change on any host. Its own id lets it run at the same
 * time as a deploy. A refusal is part of the result, and not a failure of the run.
 */
export async function plan(given: DeployInput): Promise<PlanReport> {
  const input = await checkedPlan(given);
  const [resolved, hosts] = await Promise.all([
    resolve(input),
    Promise.all(input.hosts.map((target) => look(input, target))),
  ]);
  const wanted = resolved ?? previous(hosts);
  const report = reportFor(input);
  if ('failed' in wanted) {
    const groups = grouped(
      hosts.map(({ target, seen }) => ({ target, plan: withoutCommit(input, target, seen) })),
    );
    return { ...report, commit: null, subject: null, refused: [wanted.failed], comparisons: [], groups };
  }
  const { commit, subject, project } = wanted;
  const [plans, comparisons] = await Promise.all([
    Promise.all(
      hosts.map(async ({ target, seen }) => ({ target, plan: await planFor(input, target, seen, wanted) })),
    ),
    compareAll(input, hosts, commit, project),
  ]);
  const facts = project === null ? [] : factWords(project);
  if ('served' in wanted && wanted.served) facts.push(wanted.served);
  const refused = project === null ? [] : refusalOfFacts(project);
  return { ...report, commit, subject, facts, refused, comparisons, groups: grouped(plans) };
}

/** A step that failed, as data. */
interface Failed {
  failed: Reason;
}

type Seen = Inspection | Failed;
interface Looked {
  target: HostTarget;
  seen: Seen;
}

/** @returns null for a rollback: the hosts name its commit */
async function resolve({ service, source, repository, path, settings }: DeployInput) {
  if (!('ref' in source)) return null;
  const { ref } = source;
  return await orFailed(async () => {
    const steps = lasting(`which commit is ${ref}`, 600_000);
    const { note: _, ...found } = await steps.resolveCommit({ service, repository, path, ref, settings });
    return found;
  });
}

function previous(hosts: Looked[]): { commit: string; subject: null; project: null } | Failed {
  try {
    const all = hosts.map(({ target, seen }) => ({
      name: target.name,
      seen: 'failed' in seen ? null : seen,
    }));
    return { commit: previousCommit(all), subject: null, project: null };
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

async function look(input: DeployInput, target: HostTarget): Promise<Looked> {
  const purpose = 'previous' in input.source ? 'rollback' : 'deploy';
  const host = hostFor(input, target);
  return { target, seen: await orFailed(() => host.look('what is live, is it ready', purpose)) };
}

function withoutCommit(input: DeployInput, target: HostTarget, seen: Seen): HostPlan {
  return 'failed' in seen ? unexamined([seen.failed]) : examined(seen, refusedBy(input, target, seen));
}

async function planFor(
  input: DeployInput,
  target: HostTarget,
  seen: Seen,
  { commit, project }: { commit: string; project: ProjectFacts | null },
): Promise<HostPlan> {
  if ('failed' in seen) return unexamined([seen.failed]);
  const { stopFirst = false, source } = input;
  const standing = 'previous' in source ? goodReleaseOf(commit, seen) : null;
  const written = settingsOf(seen, standing?.id ?? null, input.settings);
  const settings = project === null ? written : withPackaging(written, project);
  const release = { id: standing?.id ?? unnamedRelease(commit), commit, standing: standing !== null };
  const first = startsFirst(input, target.name);
  const wanted = {
    release,
    settings,
    bind: target.bind,
    stopFirst,
    startsFirst: first,
    path: input.path,
    touched: false,
  };
  const python = standing === null ? interpreterFor(seen, { host: target.name, settings, project }) : null;
  const refused = [...refusedBy(input, target, seen), ...onHost(python?.refused ?? [], target)];
  const planned = {
    ...hostPlanOf(seen, wanted, refused, placeOf(input, target.name)),
    python: python?.words ?? null,
  };
  if (planned.how === 'verify') return planned;
  const alongside = planned.how === 'alongside';
  const directory = directoryIn(settings, input.path);
  const asked = { service: input.service, host: target, commit, settings, alongside, directory };
  return withUnit(planned, await preview(asked));
}

type PreviewAsked = Parameters<ReturnType<typeof firstContact>['previewUnit']>[0];

async function preview(asked: PreviewAsked): Promise<UnitPreview | Failed> {
  return await orFailed(async () => {
    const { note: _, ...unit } = await firstContact(`${asked.host.name}: unit`).previewUnit(asked);
    return unit;
  });
}

/** The host refuses a unit by these; any other failure leaves the unit unknown. */
const REFUSES: readonly string[] = ['InvalidInput', 'CommandFailed'];

function withUnit(planned: HostPlan, unit: UnitPreview | Failed): HostPlan {
  if (!('failed' in unit)) {
    const warnings = [...new Set([...planned.warnings, ...unit.warnings])];
    return { ...planned, unit: { ...unit, warnings: [] }, warnings };
  }
  const { failed } = unit;
  if (REFUSES.includes(failed.type)) return { ...planned, refused: [...planned.refused, failed] };
  return { ...planned, warnings: [...planned.warnings, `the unit was not compared: ${failed.message}`] };
}

function refusedBy(input: DeployInput, target: HostTarget, seen: Inspection): Reason[] {
  const claimed = claimedElsewhere(seen, { host: target, takeOver: input.takeOver });
  const refusals = refusalsFor(hostFor(input, target), input, seen);
  return onHost([...(claimed === null ? [] : [claimed]), ...refusals], target);
}

function onHost(refusals: Refusal[], { name: host }: HostTarget): Reason[] {
  return refusals.map((each) => ({ ...each, host }));
}

/** Each commit that is live is compared once, however many hosts have it. */
async function compareAll(
  input: DeployInput,
  hosts: Looked[],
  commit: string,
  project: ProjectFacts | null,
): Promise<Comparison[]> {
  const live = new Map<string, Inspection>();
  for (const { seen } of hosts)
    if (!('failed' in seen) && seen.liveCommit !== null && !live.has(seen.liveCommit))
      live.set(seen.liveCommit, seen);
  const all = [...live].map(([from, seen], at) => {
    if (at >= MOST_COMPARISONS)
      return notCompared(from, `only ${MOST_COMPARISONS} live commits are compared`);
    return compare(input, from, seen, { commit, project });
  });
  return await Promise.all(all);
}

async function compare(
  input: DeployInput,
  from: string,
  seen: Inspection,
  { commit: to, project }: { commit: string; project: ProjectFacts | null },
): Promise<Comparison> {
  const { repository, path, settings, source } = input;
  const standing = 'previous' in source ? goodReleaseOf(to, seen) : null;
  const packagingAt = (release: string | null) => packagingOf(settingsOf(seen, release, settings));
  const sides = {
    from: { commit: from, packaging: packagingAt(seen.live) },
    to: { commit: to, packaging: project?.packaging ?? packagingAt(standing?.id ?? null) },
  };
  const compared = await orFailed(async () => {
    const steps = lasting(`compare ${from.slice(0, 7)} with ${to.slice(0, 7)}`, 600_000);
    const { note: _, ...comparison } = await steps.compareCommits({ repository, path, ...sides });
    return comparison;
  });
  return 'failed' in compared ? notCompared(from, compared.failed.message) : compared;
}

function hostFor(input: DeployInput, target: HostTarget): Host {
  return new Host(input, target, () => undefined);
}

/** A failure as data, with the output that it brought along. @throws a cancellation */
async function orFailed<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const reason = reasonOf(error);
    const output = failureOf(error)?.details.evidence?.output?.trim() ?? '';
    const message = output === '' ? reason.message : `${reason.message} ${shortened(output, MOST_COMPLAINT)}`;
    return { failed: { ...reason, message } };
  }
}
