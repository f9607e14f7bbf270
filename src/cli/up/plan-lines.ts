/** The plan of `landfall up` as lines for a terminal. Pure. */
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import type { Setup } from '../../contract/contract-types';
import { someOf } from '../../deployment/project/commit-files';
import type { PlanJson } from '../output/plan-json';
import { planLines } from '../output/plan-report';
import { proxyProblem, toolLines } from '../setup/setup-lines';
import type { CommitOfRun } from './commit-of-run';
import { type Variables, variableLines } from './variables';

export interface HostPlan {
  host: HostTarget;
  /** The user that logs in. */
  as: string;
  deployUser: string;
  setup: Setup['result'];
  /** The key that setup lets log in as the deploying user, in words. */
  key: string;
}

export interface UpPlan {
  service: string;
  environment: string;
  settings: ServiceSettings;
  hosts: HostPlan[];
  variables: Variables;
  /** Whether a person answers for missing variables. */
  asks: boolean;
  engine: string;
  commit: CommitOfRun;
  /** Of a worker; null: a host is not set up, so no worker can look at it yet. */
  deploy: PlanJson | null;
}

export function upLines(plan: UpPlan): string[] {
  const { service, environment, hosts, settings, commit, variables, engine, deploy } = plan;
  return [
    `Plan: ${commit.sha.slice(0, 7)} (${commit.subject}) of ${service} to ${environment}.`,
    ...uncommittedLines(commit),
    '',
    ...hosts.flatMap((each) => hostLines(each, settings)),
    ...spaced(variableLines(variables, plan)),
    '',
    `Engine: ${engine}`,
    ...(deploy === null ? commitLines(commit) : planLines(deploy).slice(1)),
  ];
}

function hostLines({ host, as, setup, key }: HostPlan, settings: ServiceSettings): string[] {
  const open = setup.actions.filter(({ done }) => !done);
  const notes = [
    ...[...setup.warnings, ...proxyProblem(setup)].map((warning) => `  ! ${warning}`),
    ...toolLines(host, settings, setup).filter((line) => open.length > 0 || line.startsWith('  !')),
  ];
  if (open.length === 0) return [`On ${host.name}: everything is set up.`, ...notes];
  const done = setup.actions.length - open.length;
  return [
    `On ${host.name}, as ${as}:`,
    ...open.map(({ what }) => `  + ${what}`),
    ...(done === 0 ? [] : [`  ✓ ${done} more ${done === 1 ? 'is' : 'are'} in place`]),
    `  · ${key}`,
    ...notes,
  ];
}

export function uncommittedLines({ uncommitted }: CommitOfRun): string[] {
  if (uncommitted.length === 0) return [];
  return [`  ! not committed, so not deployed: ${someOf(uncommitted)}`];
}

/** Before a worker can look at the hosts, the commit alone says something. */
function commitLines({ facts, refusals }: CommitOfRun): string[] {
  return [
    '',
    ...facts,
    ...refusals.flatMap(({ message, advice }) => [`REFUSED. ${message}`, `  ${advice}`]),
    refusals.length === 0
      ? 'The deploy checks the rest on the hosts, before anything serves.'
      : 'The deploy WOULD BE REFUSED.',
  ];
}

function spaced(lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Whether something is left apart from the deploy. A release that is live and ready misses no variable. */
export function isOpen({ hosts, variables }: Pick<UpPlan, 'hosts' | 'variables'>): boolean {
  return variables.given.length > 0 || hosts.some(isNotSetUp);
}

export function isNotSetUp({ setup }: Pick<HostPlan, 'setup'>): boolean {
  return setup.actions.some(({ done }) => !done);
}

/** Every host serves this commit, is ready, and would get the same unit again. */
export function isLive({ commit, groups, wouldBeRefused, underway }: PlanJson): boolean {
  if (wouldBeRefused || underway !== null || commit === null) return false;
  return groups.every(
    ({ plan: { live, repairs, unit } }) =>
      live !== null && live.commit === commit && live.ready && repairs.length === 0 && unit?.changed !== true,
  );
}
