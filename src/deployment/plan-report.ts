/** The result of the plan workflow: the changes of a deploy on each host, and its refusals. Pure, plain JSON. */
import type { DeployInput, HostTarget } from '../config/deploy-input';
import { shortened } from '../text/safe-text';
import { bindArgument } from './gunicorn';
import { type Inspection, isClaimed } from './inspection';
import type { Interruption } from './plan/change';
import { type DeployPlan, planDeploy, type Wanted } from './plan/deploy-plan';
import { migratesOnEach } from './plan/migration';
import type { Place } from './plan/placement';
import { planRepair } from './plan/repair-plan';
import type { RollbackTarget } from './plan/rollback-target';
import { moveInWords, singletonMove } from './plan/singletons';
import type { Reason } from './status';

export interface PlanReport {
  service: string;
  environment: string;
  /** The ref that was asked for; null: the good release before the live one. */
  requested: string | null;
  /** null: the commit was not found, and `refused` says why. */
  commit: string | null;
  subject: string | null;
  /** Facts about the commit, one sentence each, its dependencies first. */
  facts: string[];
  /** Reasons that refuse the deploy for all hosts. */
  refused: Reason[];
  /** Run once, on that host, before anything that serves is changed. */
  /** `each`: on every host, `host` first. */
  migration: { command: string[]; host: string; each: boolean } | null;
  /** The commits that are live now, each compared with the wanted one. */
  comparisons: Comparison[];
  /** Hosts with the same plan stand together. Those that would refuse come first. */
  groups: HostGroup[];
}

export interface HostGroup {
  hosts: string[];
  /** The plan of the first of these hosts. */
  plan: HostPlan;
}

export interface HostPlan {
  /** null: the host could not be examined, and `refused` says why. */
  live: { commit: string | null; running: boolean; ready: boolean; why: string } | null;
  /** The run whose claim is open there; null: none. */
  claimedBy: string | null;
  /** The repairs that come first, after an abandoned deploy. */
  repairs: string[];
  /** null: not known, because the host could not be examined or the commit was not found. */
  how: DeployPlan['how'] | null;
  why: string;
  /** The interpreter of its environment, in words; null: not known, or the release is there already. */
  python: string | null;
  /** The changes in their order, one line each. */
  changes: string[];
  /** null: users notice nothing. */
  interruption: Interruption | null;
  /** The rollback target. */
  back: string | null;
  unit: UnitPreview | null;
  refused: Reason[];
  warnings: string[];
}

export interface UnitPreview {
  changed: boolean;
  added: number;
  removed: number;
  diff: string;
  /** Whether lines of the diff are left out. */
  isCut: boolean;
  warnings: string[];
}

export interface Comparison {
  /** The commit that is live. */
  from: string;
  /** Commits that the wanted commit has and the live one does not have. */
  added: Commits;
  /** The reverse: commits that are live now, and will not be. */
  removed: Commits;
  dependencies: DependencyComparison;
  /** Why nothing was compared; null: the commits were compared. */
  problem: string | null;
}

export interface Commits {
  count: number;
  newest: { commit: string; subject: string }[];
}

export interface DependencyComparison {
  changes: { name: string; from: string | null; to: string | null }[];
  /** Changes that are not listed. */
  more: number;
  /** Lines that pin no version, and files that could not be read. */
  notCompared: string[];
}

/** A comparison that failed. */
export function notCompared(from: string, problem: string): Comparison {
  const none = { count: 0, newest: [] };
  const dependencies = { changes: [], more: 0, notCompared: [] };
  return { from, added: none, removed: none, dependencies, problem: shortened(problem, MOST_TEXT) };
}

/** The plan of a host that could not be examined, with the reason. */
export function unexamined(refused: Reason[]): HostPlan {
  return {
    live: null,
    claimedBy: null,
    repairs: [],
    how: null,
    why: '',
    python: null,
    changes: [],
    interruption: null,
    back: null,
    unit: null,
    refused,
    warnings: [],
  };
}

/** The facts of a host whose wanted commit is not known. */
export function examined(facts: Inspection, refused: Reason[]): HostPlan {
  const { liveCommit: commit, running, ready, why, claim, warnings } = facts;
  return {
    ...unexamined(refused),
    live: { commit, running, ready, why: shortened(why, MOST_TEXT) },
    claimedBy: isClaimed(facts) ? (claim?.run ?? null) : null,
    warnings,
  };
}

/** The plan that the deploy executes, in words. Its new release has no name yet: the host gives it one. */
export function hostPlanOf(facts: Inspection, wanted: Wanted, refused: Reason[], place: Place): HostPlan {
  const { release, settings } = wanted;
  const plan = planDeploy(facts, wanted);
  const name = release.commit.slice(0, 7);
  const changes = [...(plan.stop === null ? [] : [plan.stop]), ...plan.changes];
  const words = [
    ...changes.map(({ does }) => does.words),
    ...dependentsOf(facts, wanted, plan),
    ...singletonsOf(facts, wanted, plan, place),
  ];
  const told = examined(facts, refused);
  return {
    ...told,
    repairs: isClaimed(facts) || facts.leftovers.length > 0 ? repairsOf(facts, wanted, place) : [],
    how: plan.how,
    why: whyOf(plan.how, settings.strategy),
    changes: words.map((each) => each.replaceAll(release.id, name)),
    interruption: changes.find(({ interrupts }) => interrupts !== null)?.interrupts ?? null,
    back: backOf(plan.back, facts),
    warnings: [...plan.warnings, ...told.warnings],
  };
}

/** Singletons move after the last host. */
function singletonsOf(
  facts: Inspection,
  { release, settings }: Wanted,
  { how }: DeployPlan,
  place: Place,
): string[] {
  if (how === 'verify') return [];
  const to = { release: release.id, processes: settings.processes };
  return moveInWords(singletonMove(facts, to, null, place), to);
}

/** The name of a release that no host has named yet. */
export function unnamedRelease(commit: string): string {
  return commit.slice(0, 7);
}

/** The switchover restarts them, or the policy leaves them. */
function dependentsOf({ dependents = [] }: Inspection, { settings }: Wanted, { how }: DeployPlan): string[] {
  if (how === 'verify' || dependents.length === 0) return [];
  const units = dependents.map(({ unit }) => unit).join(', ');
  return [
    settings.dependentUnits === 'restart'
      ? `restart ${units}, which runs from the live release`
      : `leave ${units} with its release (dependentUnits: leave)`,
  ];
}

function repairsOf(facts: Inspection, { settings, bind }: Wanted, place: Place): string[] {
  // A deploy restores last good only after an abandoned deploy. It stops nothing that a repair would stop, and moves
  // the singletons itself.
  const kinds = ['claim', 'leftovers', ...(facts.abandoned ? ['processes', 'restore'] : [])];
  return planRepair(facts, { settings, bind }, place)
    .repairs.filter(({ kind }) => kinds.includes(kind))
    .map(({ words }) => words);
}

function whyOf(how: DeployPlan['how'], strategy: string): string {
  if (how === 'verify') return 'the wanted release is live already, so it is only verified';
  return how === 'alongside'
    ? `with strategy ${strategy} the new release starts alongside the live one, and takes over when it is ready`
    : `with strategy ${strategy} the one unit is restarted`;
}

function backOf(target: RollbackTarget, facts: Inspection): string {
  if (target.kind === 'nothing') return 'nothing: no good release is there';
  if (target.release === null) return 'the unit from before Landfall';
  const commit = target.release === facts.live ? facts.liveCommit : facts.lastGoodCommit;
  return commit?.slice(0, 7) ?? target.release;
}

const MOST_TEXT = 500;
/** Characters of all groups together. The engine takes no message over 2 MB, and a character may be three bytes. */
const MOST_REPORT = 100_000;
/** Of a text of a host that does not fit any more. */
const MOST_BRIEF = 80;

/** Hosts with the same plan together, those that would refuse first, within what a message may have. */
export function grouped(plans: { target: HostTarget; plan: HostPlan }[]): HostGroup[] {
  const groups = new Map<string, HostGroup>();
  for (const { target, plan } of plans) {
    const key = keyOf(plan, target);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { hosts: [target.name], plan });
    else group.hosts.push(target.name);
  }
  const all = [...groups.values()];
  const refuses = ({ plan }: HostGroup) => plan.refused.length > 0;
  return bounded([...all.filter(refuses), ...all.filter((group) => !refuses(group))]);
}

/** The plan without the values that differ on every host: its name, its address, names of releases. */
function keyOf(plan: HostPlan, { name, bind }: HostTarget): string {
  const word = new RegExp(`(?<![\\w.-])${name.replace(/[^\w]/g, '\\$&')}(?![\\w-])`, 'g');
  return JSON.stringify(plan)
    .replaceAll(bindArgument(bind), ':')
    .replace(word, ' ')
    .replace(/\b[0-9]{1,9}-([0-9a-f]{7,12})\b/g, '$1');
}

function bounded(groups: HostGroup[]): HostGroup[] {
  let left = MOST_REPORT;
  return groups.map((group) => {
    left -= JSON.stringify(group).length;
    return left >= 0 ? group : { ...group, plan: brief(group.plan) };
  });
}

function brief(plan: HostPlan): HostPlan {
  const cut = (text: string) => shortened(text, MOST_BRIEF);
  const refused = plan.refused
    .slice(0, 1)
    .map((each) => ({ ...each, message: cut(each.message), advice: cut(each.advice) }));
  const { live, interruption, warnings } = plan;
  return {
    ...plan,
    live: live && { ...live, why: cut(live.why) },
    interruption: interruption && { ...interruption, why: cut(interruption.why) },
    why: '',
    changes: [],
    repairs: [],
    unit: null,
    refused,
    warnings: warnings.slice(0, 1).map(cut),
  };
}

/** Whether a deploy would be refused, on any host. */
export function wouldBeRefused({ refused, groups }: Pick<PlanReport, 'refused' | 'groups'>): boolean {
  return refused.length > 0 || groups.some(({ plan }) => plan.refused.length > 0);
}

/** The parts of a report that need no host. */
export function reportFor(
  input: DeployInput,
): Omit<PlanReport, 'commit' | 'subject' | 'groups' | 'comparisons'> {
  const { service, environment, source, settings, hosts } = input;
  const { migrate } = settings;
  const host = hosts[0]?.name ?? '';
  const isNew = 'ref' in source;
  return {
    service,
    environment,
    requested: isNew ? source.ref : null,
    facts: [],
    refused: [],
    migration:
      isNew && migrate !== null ? { command: migrate.command, host, each: migratesOnEach(migrate) } : null,
  };
}
