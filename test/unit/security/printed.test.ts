import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorReport } from '../../../src/cli/output/doctor-report';
import { evidenceOf } from '../../../src/cli/output/evidence';
import type { PlanJson } from '../../../src/cli/output/plan-json';
import { planLines } from '../../../src/cli/output/plan-report';
import { summaryOf } from '../../../src/cli/output/report';
import { lineFor, outagesSince } from '../../../src/cli/output/run-lines';
import type { RunEvent } from '../../../src/cli/run/run-events';
import { deployName, type RunInfo, runSummary } from '../../../src/cli/run/run-info';
import { howToGetPast, whyItWaits } from '../../../src/cli/run/supersede';
import { type Finding, findingOf } from '../../../src/deployment/finding';
import type { HostPlan } from '../../../src/deployment/plan-report';
import type { DeployStatus, Outcome } from '../../../src/deployment/status';
import { statusMarkdown } from '../../../src/deployment/status-markdown';
import { GitHubLog } from '../../../src/output/github-log';
import { Output } from '../../../src/output/output';
import { hostTarget, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY } from '../../harness/inspections';
import { actsOnNobody, HOSTILE } from '../../security/acts-on-nobody';
import { status } from '../cli/status';

const OUTCOMES: (Outcome | null)[] = [
  'deployed',
  'rejected',
  'rolled-back',
  'needs-operator',
  'superseded',
  'repaired',
  'not-repaired',
  null,
];

/** A run in which everybody who can say something says this. */
function said(text: string, outcome: Outcome | null): DeployStatus {
  const reason = { type: 'NotReady', message: text, host: text, advice: text } as const;
  const known = { problem: text, lastGood: { release: text, commit: text } };
  return status({
    service: text,
    environment: text,
    requested: text,
    commit: text,
    by: text,
    ciRun: text,
    phase: 'release',
    outcome,
    reason,
    trouble: reason,
    decisions: [text],
    hosts: {
      [text]: {
        state: 'soaking',
        live: text,
        soaksUntil: text,
        draining: [{ process: text, release: text, until: text }],
        repaired: text,
        ...known,
      },
      web2: { state: 'unreachable', live: text, ...known, lastGood: { release: 'x', commit: 'x' } },
    },
  });
}

function happenings(text: string): RunEvent[] {
  const step = { id: text, step: text, summary: text, seconds: 1 };
  return [
    { kind: 'ended', ...step, note: text, result: {} },
    { kind: 'failed', ...step, failure: { type: text, message: text, details: null } },
  ];
}

function findings(text: string): Record<string, Finding> {
  const claim = {
    fence: 1,
    run: text,
    engine: text,
    commit: text,
    by: text,
    since: text,
    state: 'open',
    outcome: null,
    ours: false,
  } as const;
  const torn = {
    live: text,
    lastGood: text,
    lastGoodCommit: text,
    ready: false,
    why: text,
    leftovers: [text],
  };
  const written = { settings: settings(), bind: hostTarget('web1').bind };
  return {
    [text]: findingOf({ ...LIVE_AND_READY, ...torn, claim }, written, { host: 'web1', hosts: ['web1'] }),
    web2: findingOf({ ...LIVE_AND_READY, live: text, lastGood: text }, written, {
      host: 'web1',
      hosts: ['web1'],
    }),
    web3: { problem: { type: 'NotReady', message: text, host: text, advice: text } },
  };
}

function plan(text: string): PlanJson {
  const problem = { type: 'NotReady', message: text, host: text, advice: text } as const;
  const commits = { count: 1, newest: [{ commit: text, subject: text }] };
  const dependencies = { changes: [{ name: text, from: text, to: text }], more: 0, notCompared: [text] };
  const comparison = { from: text, added: commits, removed: commits, dependencies, problem: null };
  const host = {
    live: { commit: text, running: true, ready: false, why: text },
    claimedBy: text,
    repairs: [text],
    how: 'restart',
    why: text,
    changes: [text],
    interruption: { requests: 'fail', why: text },
    back: text,
    unit: {
      changed: true,
      added: 1,
      removed: 1,
      diff: '--- before\n+++ after\n+a',
      isCut: true,
      warnings: [],
    },
    refused: [problem],
    warnings: [text],
  } as const;
  return {
    service: text,
    environment: text,
    requested: text,
    commit: text,
    subject: text,
    facts: [text],
    refused: [problem],
    migration: { command: [text], host: text, each: true },
    comparisons: [comparison, { ...comparison, problem: text }],
    groups: [{ hosts: [text, text], plan: structuredClone(host) as unknown as HostPlan }],
    wouldBeRefused: true,
    underway: text,
    lastDeploys: [{ started: text, seconds: 1 }],
  };
}

/** Everything that commands print of what they were told, as a log would get it. */
function everything(text: string, outcome: Outcome | null): { log: string; lines: number } {
  const written: string[] = [];
  const commands = new GitHubLog();
  const sink = { write: (some: string) => void written.push(some) };
  const output = new Output(sink, sink, commands);
  const now = said(text, outcome);
  const run: RunInfo = {
    workflowId: text,
    runId: text,
    workflow: 'deploy',
    status: now,
    open: true,
    started: new Date(0),
    taskAttempts: 0,
    doing: text,
  };
  const details = { host: text, evidence: { unit: { active: text, release: text } } };
  const evidence = [evidenceOf(details)].filter((one) => one !== null);
  output.say(...summaryOf(now, evidence, text), ...outagesSince(null, now));
  output.say(...happenings(text).map((one) => lineFor(one) ?? ''));
  output.say(...doctorReport({ service: text, environment: text }, findings(text), null).lines);
  output.say(...planLines(plan(text)));
  output.say(runSummary(run), deployName(now), whyItWaits(run), howToGetPast(run));
  output.complain(text);
  commands.resume();
  const log = written.join('');
  return { log, lines: log.split('\n').length };
}

test('nothing that is told of a run acts on a terminal or a CI, or makes a line of its own', () => {
  for (const outcome of OUTCOMES) {
    const { lines } = everything('harmless', outcome);
    for (const text of HOSTILE) {
      const told = everything(text, outcome);
      actsOnNobody(told.log, 1);
      assert.equal(told.lines, lines, told.log);
    }
  }
});

test('of evidence every line is shown, and none acts', () => {
  const evidence = { output: HOSTILE.join('\n'), lastAnswer: HOSTILE.join('\n'), journal: [...HOSTILE] };
  const lines: string[] = [];
  const output = new Output({ write: (some: string) => void lines.push(some) }, { write: () => {} }, null);
  output.say(...summaryOf(said('x', 'rolled-back'), [{ host: 'web1', evidence }], null));
  const log = lines.join('');
  actsOnNobody(log);
  for (const word of ['by-colons', 'by-a-second-line', 'by-a-separator', 'by-override', 'by-surrogate'])
    assert.equal(log.split(word).length - 1, 3, word);
});

test('for programs every text stays as it was, and acts on no terminal', () => {
  for (const text of HOSTILE) {
    const written: string[] = [];
    new Output({ write: (some: string) => void written.push(some) }, { write: () => {} }, null).json(
      said(text, 'rolled-back'),
    );
    actsOnNobody(written.join(''));
    assert.deepEqual(JSON.parse(written.join('')), said(text, 'rolled-back'));
  }
});

test('in the Temporal UI nothing that is told makes a line, a column, a link or a picture', () => {
  const marks = [
    'a|b',
    '`',
    '[x](https://evil.example)',
    '![x](https://evil.example)',
    '<img src=x>',
    '**',
    '# h',
  ];
  const plain = statusMarkdown(said('harmless', null)).split('\n');
  for (const text of [...HOSTILE, ...marks]) {
    const lines = statusMarkdown(said(text, null)).split('\n');
    assert.equal(lines.length, plain.length);
    for (const [at, line] of lines.entries()) {
      const bars = (some = '') => some.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0;
      assert.equal(bars(line), bars(plain[at]), line);
      assert.doesNotMatch(line, /(?<!\\)(?:\\\\)*(\[|<|!\[)/);
    }
  }
});
