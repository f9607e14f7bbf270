/** The doctor's report about the hosts: pure lines, so that tests show them whole. */
import { drainingIn } from '../../deployment/draining';
import type { Finding, Seen } from '../../deployment/finding';
import { differences, drainInWords } from './live-hosts';

/** The run that holds the id of the deploys while the doctor looks; null: none does. */
export interface Underway {
  runId: string;
  words: string;
  /** Whether it does nothing but wait for a person. */
  waits: boolean;
  /** Why the run does not continue, which the run itself cannot say. */
  blockers: string[];
}

export interface Report {
  lines: string[];
  /** Every host is well, or in the hands of the run that is under way and acts. */
  well: boolean;
}

export function doctorReport(
  { service, environment }: { service: string; environment: string },
  findings: Record<string, Finding>,
  underway: Underway | null,
): Report {
  const lines: string[] = [`${service} in ${environment}:`, ''];
  let repairable = false;
  let well = true;
  for (const [name, finding] of Object.entries(findings)) {
    if ('problem' in finding) {
      const { type, message, advice } = finding.problem;
      lines.push(`${name}: NOT SEEN. ${type}: ${message}`, `  ${advice}`.trimEnd());
      well = false;
      continue;
    }
    const { seen, plan } = finding;
    const acts = underway !== null && seen.claim?.state === 'open' && seen.claim.run === underway.runId;
    if (plan.well) lines.push(`${name}: WELL. ${wellInWords(seen)}${toolsInWords(seen)}`);
    else lines.push(`${name}: ${acts ? atWork(underway) : 'NEEDS REPAIR'}`, ...sections(seen));
    lines.push(...drainingIn(seen.processes).flatMap((each) => section('draining', drainInWords(each))));
    lines.push(...dependentsIn(seen).flatMap((words) => section('follows', words)));
    lines.push(...(seen.served ?? []).flatMap((words) => section('domain', words)));
    lines.push(...seen.warnings.flatMap((warning) => section('warning', warning)));
    if (plan.well) continue;
    if (acts) {
      well &&= !underway.waits;
      continue;
    }
    well = false;
    repairable ||= plan.repairs.length > 0;
    if (plan.repairs.length > 0) lines.push(...section('--repair', `would ${plan.repairs.join('; ')}`));
    if (plan.beyond !== null) lines.push(...section('deploy', `a good commit: ${plan.beyond}`));
  }
  const facts = Object.entries(findings).flatMap(([name, finding]) =>
    'seen' in finding ? [[name, { lastGood: lastGoodOf(finding.seen) }] as const] : [],
  );
  const differ = differences(Object.fromEntries(facts));
  if (differ !== null) lines.push('', differ);
  if (underway !== null) {
    lines.push('', `Under way: ${underway.words}. What is seen here may be halfway.`);
    lines.push(...underway.blockers);
  }
  const on = `${service} --env ${environment}`;
  if (repairable && underway === null) lines.push('', `What to do: landfall doctor ${on} --repair`);
  else if (repairable || underway?.waits) lines.push('', `What to do: landfall status ${on}`);
  return { lines, well };
}

function atWork({ waits }: Underway): string {
  return waits ? 'A DEPLOY WAITS FOR AN OPERATOR HERE' : 'A RUN IS AT WORK HERE';
}

function lastGoodOf({ lastGood: release, lastGoodCommit: commit }: Seen) {
  return release === null ? null : { release, commit };
}

function wellInWords({ live, lastGood, running }: Seen): string {
  if (!running) return 'Nothing is deployed, and nothing runs.';
  if (live === null) return 'A unit that Landfall did not write runs, and is ready.';
  if (lastGood === null) return `${live} runs and is ready; no deploy of it was finished.`;
  return `${live} is live, ready and last good.`;
}

function toolsInWords({ tools }: Seen): string {
  return tools === undefined ? '' : ` ${tools}.`;
}

function sections(seen: Seen): string[] {
  const { lastGood, lastGoodCommit, claim, leftovers } = seen;
  const good =
    lastGood === null ? 'nothing yet' : `${lastGood} (${lastGoodCommit?.slice(0, 12) ?? 'commit unknown'})`;
  return [
    ...section('live', liveInWords(seen)),
    ...section('last good', good),
    ...section('boots', bootsInWords(seen)),
    ...(claim?.state === 'open' ? section('claim', claimInWords(claim)) : []),
    ...leftovers.flatMap((leftover) => section('left', leftover)),
  ];
}

function dependentsIn({ dependents = [], live }: Seen): string[] {
  return dependents.map(({ unit, release }) => {
    if (release === null || release === live) return `${unit}, which a switchover restarts`;
    return `${unit} LAGS: it runs from ${release}; restart it: systemctl restart ${unit}`;
  });
}

function section(name: string, words: string): string[] {
  return [`  ${name.padEnd(10)} ${words}`];
}

function liveInWords({ live, running, ready, why }: Seen): string {
  const name = live ?? (running ? 'a unit that Landfall did not write' : 'nothing');
  return ready ? `${name}, ready` : `${name}, NOT ready: ${why}`;
}

function bootsInWords({ boots }: Seen): string {
  const name = boots.release ?? (boots.foreign ? 'a unit that Landfall did not write' : 'nothing');
  return boots.release !== null && !boots.enabled ? `${name}, but it is not enabled` : name;
}

function claimInWords(claim: NonNullable<Seen['claim']>): string {
  const engine = claim.ours ? '' : `, from another engine or environment (${claim.engine})`;
  return `open: commit ${claim.commit.slice(0, 7)} by ${claim.by} since ${claim.since}${engine}`;
}
