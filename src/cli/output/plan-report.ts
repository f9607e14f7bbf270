/** The lines of `landfall plan` for people. Pure, so that tests show them whole. */
import { hostList } from '../../deployment/host-list';
import type { Commits, Comparison, HostGroup, HostPlan, UnitPreview } from '../../deployment/plan-report';
import type { Reason } from '../../deployment/status';
import { linesOf } from '../../text/safe-text';
import type { PlanJson } from './plan-json';

export function planLines(plan: PlanJson): string[] {
  const { service, environment, comparisons, groups, migration, underway, refused } = plan;
  const lines = [`Plan: ${whatOf(plan)} of ${service} to ${environment}. Nothing is changed by this.`];
  if (plan.facts.length > 0) lines.push('', ...plan.facts);
  for (const each of refused) lines.push('', ...refusal(each));
  for (const each of comparisons) lines.push('', ...compared(each, comparisons.length > 1));
  if (migration !== null)
    lines.push(
      '',
      `Migration: ${migration.command.join(' ')} (${migration.each ? 'on each host, one after the other' : `once, on ${migration.host}`}, before the release phase)`,
    );
  for (const group of groups) lines.push('', ...ofGroup(group));
  lines.push('', lastDeploys(plan.lastDeploys));
  if (underway !== null) lines.push(`Under way: ${underway}. What is seen here may be halfway.`);
  lines.push(verdict(plan));
  return lines;
}

function whatOf({ requested, commit, subject }: PlanJson): string {
  const what = commit?.slice(0, 7) ?? requested ?? 'the release before the live one';
  return subject === null || subject === '' ? what : `${what} (${subject})`;
}

function verdict({ wouldBeRefused, groups, refused }: PlanJson): string {
  if (!wouldBeRefused) return 'Nothing would be refused.';
  const hosts = groups.flatMap((group) => (group.plan.refused.length > 0 ? group.hosts : []));
  const where = refused.length > 0 || hosts.length === 0 ? '' : ` on ${hostList(hosts)}`;
  return `The deploy WOULD BE REFUSED${where}.`;
}

function compared(
  { from, added, removed, dependencies, problem }: Comparison,
  isOneOfMany: boolean,
): string[] {
  const since = from.slice(0, 7);
  if (problem !== null) return [`${since} was not compared: ${problem}`];
  const none = added.count === 0 && removed.count === 0 ? [`Commits: none, ${since} is live`] : [];
  const { changes, more, notCompared } = dependencies;
  return [
    ...none,
    ...commits(`Commits since ${since}`, added),
    ...commits(`Commits of ${since} that go`, removed),
    changes.length === 0
      ? `Dependencies${isOneOfMany ? ` since ${since}` : ''}: no pinned version changes`
      : 'Dependencies:',
    ...changes.map(
      ({ name, from, to }) =>
        `  ${name} ${from ?? 'added,'}${from !== null && to !== null ? ' -> ' : ' '}${to ?? 'removed'}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...notCompared.map((line) => `  not compared: ${line}`),
  ];
}

function commits(title: string, { count, newest }: Commits): string[] {
  if (count === 0) return [];
  const more = count - newest.length;
  return [
    `${title} (${count}):`,
    ...newest.map(({ commit, subject }) => `  ${commit.slice(0, 7)} ${subject}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function ofGroup({ hosts, plan }: HostGroup): string[] {
  const title =
    hosts.length === 1 ? `${hosts[0]}:` : `${hostList(hosts)} (${hosts.length} hosts, the same plan):`;
  const { repairs, why, changes, interruption, back, unit, warnings, refused, how } = plan;
  return [
    title,
    ...(plan.live === null ? [] : section('live', liveInWords(plan.live))),
    ...repairs.flatMap((words) => section('first', words)),
    ...(how === null ? [] : section('strategy', why)),
    ...(plan.python === null ? [] : section('python', plan.python)),
    ...(changes.length === 0 ? [] : section('steps', changes.join('; '))),
    ...(how === null ? [] : section('users', interruptionInWords(interruption))),
    ...(back === null ? [] : section('rollback', `to ${back}`)),
    ...(unit === null ? [] : unitLines(unit)),
    ...warnings.flatMap((words) => section('warning', words)),
    ...refused.flatMap((each) => refusal(each).map((line) => `  ${line}`)),
  ];
}

function liveInWords({ commit, running, ready, why }: NonNullable<HostPlan['live']>): string {
  const name = commit?.slice(0, 7) ?? (running ? 'a unit that Landfall did not write' : 'nothing');
  if (!running) return `${name} runs`;
  return ready ? `${name}, ready` : `${name}, NOT ready: ${why}`;
}

function interruptionInWords(interruption: HostPlan['interruption']): string {
  if (interruption === null) return 'notice nothing';
  const { requests, why } = interruption;
  return `${requests === 'wait' ? 'wait for an answer' : 'get no answer'} for a while: ${why}`;
}

function unitLines({ changed, added, removed, diff, isCut }: UnitPreview): string[] {
  if (!changed) return section('unit', 'unchanged');
  const [, , ...hunks] = linesOf(diff);
  return [
    ...section('unit', `+${added} −${removed}`),
    ...hunks.map((line) => `    ${line}`),
    ...(isCut ? ['    …'] : []),
  ];
}

function section(name: string, words: string): string[] {
  return [`  ${name.padEnd(10)} ${words}`];
}

function refusal({ type, message, advice }: Reason): string[] {
  return [`REFUSED. ${type}: ${message}`, `  ${advice}`.trimEnd()].filter((line) => line !== '');
}

function lastDeploys(deploys: PlanJson['lastDeploys']): string {
  if (deploys === null) return 'How long the last deploys took is not known.';
  if (deploys.length === 0) return 'The engine knows no deploy that succeeded.';
  const took = deploys.map(({ seconds }) => duration(seconds)).join(', ');
  return `The last ${deploys.length === 1 ? 'deploy' : `${deploys.length} deploys`} took ${took} (newest first, soak included).`;
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
