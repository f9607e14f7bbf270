/** The invariants of a host after every deploy and every fault. Independent of the workflow. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root';
import type { TestHost } from '../harness/hosts';

/** As `host_facts.py` prints them. */
interface HostFacts {
  /** Unit and release of everything that serves. */
  serving: [string, string | null][];
  strays: string[];
  helpers: number;
  units: [string, string][];
  failed: string[];
  releases: string[];
  records: string[];
  instanceUnits: string[];
  socketUnits: string[];
  overrides: string[];
  trials: string[];
  venvs: string[];
  venvsUsed: string[];
  scraps: string[];
  jobs: Record<string, { starts: number; result: boolean }>;
  claim: 'open' | 'closed' | null;
  fence: number;
  lastGood: string | null;
  current: string | null;
  migrations: string[];
}

/** The state that the run, or its client, reports. */
export interface Expected {
  /** The release that must be live. */
  live: string;
  strategy: 'overlap' | 'restart';
  /** Whether it was migrated to: exactly once; otherwise never twice. */
  migrated: boolean;
  /** Whether the host itself lost its power meanwhile: a job that was cut off has started without an end. */
  rebooted: boolean;
}

const FACTS = readFileSync(join(packageRoot(), 'test', 'faults', 'host_facts.py'), 'utf8');

/** A release that was told to stop may finish its requests; a host that has just booted starts its service. */
const SETTLED_WITHIN_MS = 15_000;

const MOST_LOOKS = 10;

/** Repeats a look during which the state changed. */
export async function hostFacts(host: TestHost): Promise<HostFacts> {
  for (let looks = 1; ; looks += 1) {
    const ran = await host.root(`python3 - shop /srv/shop shop <<'PYTHON'\n${FACTS}\nPYTHON\n`);
    if (ran.code === 0) return JSON.parse(ran.stdout) as HostFacts;
    if (looks === MOST_LOOKS) throw new Error(`The host cannot be looked at: ${ran.stderr}`);
    await delay(200);
  }
}

/** The release that alone serves; null: none, or not only one. */
export function liveIn(facts: HostFacts): string | null {
  const [first, ...more] = facts.serving;
  return more.length === 0 ? (first?.[1] ?? null) : null;
}

/** @returns a sentence for each thing that is not as it must be, once the host has settled; empty: all is well */
export async function violations(host: TestHost, expected: Expected): Promise<string[]> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const found = [...brokenIn(await hostFacts(host), expected), ...(await unreadyIn(host))];
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(100);
  }
}

/** The same once more after the power was cut and came back. */
export async function violationsAfterReboot(host: TestHost, expected: Expected): Promise<string[]> {
  await host.powerLoss();
  const found = await violations(host, { ...expected, rebooted: true });
  return found.map((what) => `after a reboot: ${what}`);
}

function brokenIn(facts: HostFacts, expected: Expected): string[] {
  const found: string[] = [];
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) found.push(otherwise);
  };
  const none = (list: string[], what: string) =>
    must(list.length === 0, `${what}: ${list.join(', ').slice(0, 300)}`);

  must(facts.serving.length === 1, `not one thing serves but ${JSON.stringify(facts.serving)}`);
  must(liveIn(facts) === expected.live, `${expected.live} should be live: ${JSON.stringify(facts.serving)}`);
  must(facts.lastGood === expected.live, `last good is ${facts.lastGood}, not ${expected.live}`);
  must(facts.current === expected.live, `current is ${facts.current}, not ${expected.live}`);
  must(facts.claim !== 'open', 'the claim is still open');
  must(facts.helpers === 0, 'a request is still at work');
  none(facts.strays, "a process of the service's user belongs to no unit");
  none(
    facts.units.flatMap(([unit]) => (unit.startsWith('landfall-job-') ? unit : [])),
    'a job is left',
  );
  none(facts.failed, 'a unit is failed');
  none(facts.overrides, 'something runs that would not boot');
  none(facts.scraps, 'a file is half written');
  none(without(facts.releases, facts.records), 'a release has no record');
  none(without(facts.records, facts.releases), 'a record has no release');
  none(without(facts.venvs, facts.venvsUsed), 'an environment belongs to no release');
  none(without(facts.instanceUnits, facts.releases), 'a unit belongs to no release');
  none(
    facts.trials.filter((name) => !facts.releases.includes(name.replace(/^shop@/, ''))),
    'a trial belongs to no release',
  );
  const sockets = expected.strategy === 'overlap' ? ['shop.socket'] : [];
  must(String(facts.socketUnits) === String(sockets), `sockets: ${facts.socketUnits}, not ${sockets}`);

  const jobs = Object.entries(facts.jobs);
  none(
    // A loss of power may take the journal's last lines along, never add one.
    jobs.filter(([, { starts }]) => starts > 1 || (starts < 1 && !expected.rebooted)).map(([name]) => name),
    'a job did not start once',
  );
  if (!expected.rebooted) {
    none(
      jobs.filter(([, { result }]) => !result).map(([name]) => name),
      'a job has no end',
    );
  }
  none(repeated(facts.migrations), 'migrated to twice');
  const migrations = facts.migrations.filter((release) => release === expected.live).length;
  must(!expected.migrated || migrations === 1, `${expected.live} was migrated to ${migrations} times`);
  return found;
}

async function unreadyIn(host: TestHost): Promise<string[]> {
  try {
    const response = await fetch(`http://${host.address}:8000/health/ready`, {
      signal: AbortSignal.timeout(3000),
    });
    const body = await response.text();
    return response.status === 200 ? [] : [`it is not ready: ${response.status} ${body.slice(0, 200)}`];
  } catch (error) {
    return [`it does not answer: ${String(error)}`];
  }
}

function without(all: string[], some: string[]): string[] {
  return all.filter((name) => !some.includes(name));
}

function repeated(all: string[]): string[] {
  return [...new Set(all.filter((name, index) => all.indexOf(name) !== index))];
}
