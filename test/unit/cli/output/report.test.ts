import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostEvidence } from '../../../../src/cli/output/evidence';
import { summaryOf } from '../../../../src/cli/output/report';
import { notReady, status, unreachable } from '../status';

/** As it is printed, after an empty line. */
const textOf = (...of: Parameters<typeof summaryOf>) => ['', ...summaryOf(...of)].join('\n');

const evidence: HostEvidence[] = [
  {
    host: 'web1',
    evidence: {
      lastAnswer: 'status 503\n{"status":"no database"}',
      journal: ['Started shop.', 'ConnectionRefusedError: [Errno 111]'],
      unit: {
        active: 'failed',
        sub: 'failed',
        result: 'exit-code',
        exitStatus: 3,
        restarts: 2,
        release: '4-1a2b3c4',
      },
    },
  },
];

test('deployed', () => {
  assert.equal(
    textOf(status(), evidence, 'http://127.0.0.1:8233/x'),
    `
DEPLOYED 1a2b3c4 of shop to production.

Live now:
  web1: 4-1a2b3c4 (ready, last good)

All details: http://127.0.0.1:8233/x`,
  );
});

test('rejected before anything live was changed', () => {
  const reason = {
    type: 'PreImportFailed',
    message: 'main:app cannot be imported on web1: it ended with exit status 1.',
    host: 'web1',
    advice: 'Correct the release and deploy again.',
  } as const;
  const output = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'x'\n";
  assert.equal(
    textOf(
      status({
        outcome: 'rejected',
        reason,
        hosts: { web1: { state: 'prepared', live: '3-0f0f0f0', problem: reason.message, ran: true } },
      }),
      [{ host: 'web1', evidence: { output } }],
      null,
    ),
    `
REJECTED 1a2b3c4 of shop: it was not deployed, and Landfall changed nothing that serves. Its code has run on web1; a change that it made, as to a database, stays.

What failed: PreImportFailed on web1: main:app cannot be imported on web1: it ended with exit status 1.
Output on web1:
    Traceback (most recent call last):
    ModuleNotFoundError: No module named 'x'

Live now:
  web1: 3-0f0f0f0 (not touched)

What to do: Correct the release and deploy again.`,
  );
});

test('rejected before the commit was known and any host was looked at', () => {
  const reason = {
    type: 'SetupNeeded',
    message: 'landfall-host cannot be run on web1.',
    host: 'web1',
    advice: 'Let root run: landfall setup web1 --env <environment>',
  } as const;
  const hosts = { web1: { state: 'unseen', live: null, problem: reason.message } } as const;
  assert.equal(
    textOf(status({ outcome: 'rejected', commit: null, reason, hosts }), [], null),
    `
REJECTED main of shop: it was not deployed, and nothing live was changed.

What failed: SetupNeeded on web1: landfall-host cannot be run on web1.

Live now:
  web1: as before (not touched)

What to do: Let root run: landfall setup web1 --env production`,
  );
});

test('rolled back, on several hosts', () => {
  assert.equal(
    textOf(
      status({
        outcome: 'rolled-back',
        reason: notReady,
        hosts: {
          web1: { state: 'restored', live: '3-0f0f0f0', problem: notReady.message },
          web2: { state: 'emptied', live: null, problem: null },
        },
      }),
      evidence,
      null,
    ),
    `
ROLLED BACK: 1a2b3c4 of shop is not live in production.

What failed: NotReady on web1: shop on web1 was not ready within 60 s: /health/ready: status 503.
Unit on web1: failed (failed), runs 4-1a2b3c4, result exit-code, last exit status 3, restarts: 2
Last readiness answer on web1:
    status 503
    {"status":"no database"}
Journal of that start on web1:
    Started shop.
    ConnectionRefusedError: [Errno 111]

Live now:
  web1: 3-0f0f0f0 (as before, ready again)
  web2: nothing that Landfall deployed (as before, nothing runs)

What to do: Fix the cause.`,
  );
});

test('needs an operator', () => {
  assert.equal(
    textOf(
      status({
        outcome: 'needs-operator',
        question: 1,
        phase: 'rollback',
        reason: notReady,
        trouble: unreachable,
        decisions: ['ada: retry'],
        hosts: { web1: { state: 'needs-operator', live: '4-1a2b3c4', problem: unreachable.message } },
      }),
      [],
      null,
    ),
    `
NEEDS AN OPERATOR: 1a2b3c4 of shop failed in production, and so did its rollback.

What failed: NotReady on web1: shop on web1 was not ready within 60 s: /health/ready: status 503.

The rollback failed: HostUnreachable on web1: web1 (deploy@web1:22) cannot be reached: no answer in time.

Decided meanwhile: ada: retry.

Live now:
  web1: 4-1a2b3c4 (NOT CERTAIN, needs an operator): web1 (deploy@web1:22) cannot be reached: no answer in time.

What to do: Check that the host is up. Then choose (question 1): landfall decide shop --env production retry (roll back again) | accept (leave it as it is) | go-forward (try the new release again); or deploy something else with --supersede.`,
  );
});

test('needs an operator past the commit point', () => {
  const asked = status({ outcome: 'needs-operator', phase: 'finish', question: 1, trouble: unreachable });
  const text = textOf(asked, [], null);
  assert.match(text, /NEEDS AN OPERATOR: 1a2b3c4 of shop serves in production, and could not be marked good/);
  assert.match(text, /^Marking the new release good failed: HostUnreachable on web1: /m);
});

test('accepted as it stands', () => {
  assert.equal(
    textOf(
      status({
        outcome: 'accepted',
        reason: notReady,
        decisions: ['accept by ada'],
        hosts: {
          web1: { state: 'restored', live: '3-0f0f0f0', problem: null },
          web2: { state: 'needs-operator', live: '4-1a2b3c4', problem: unreachable.message },
        },
      }),
      [],
      null,
    ),
    `
ACCEPTED AS IT STANDS: 1a2b3c4 of shop failed in production, and an operator left the hosts as they are. Landfall has not verified what is NOT CERTAIN.

What failed: NotReady on web1: shop on web1 was not ready within 60 s: /health/ready: status 503.

Decided meanwhile: accept by ada.

Live now:
  web1: 3-0f0f0f0 (as before, ready again)
  web2: 4-1a2b3c4 (NOT CERTAIN, needs an operator): web1 (deploy@web1:22) cannot be reached: no answer in time.

What to do: Look at what is NOT CERTAIN: landfall doctor shop --env production. Then deploy a good commit, with --fix-forward where what is live is not ready.`,
  );
});

test('with --stop-first it is said what stops, and what was started again', () => {
  const stopFirst = true;
  const restored = { web1: { state: 'restored', live: '3-0f0f0f0', problem: null } } as const;
  assert.match(
    textOf(status({ stopFirst, outcome: null, phase: 'release' }), [], null),
    /^--stop-first: each host stops its old release before anything of the new one runs there\./m,
  );
  assert.match(
    textOf(status({ stopFirst, outcome: 'rolled-back', hosts: restored }), [], null),
    /^--stop-first: the release from before was started again on web1, because the new one failed\. If it is compromised, it runs there again\.$/m,
  );
  assert.doesNotMatch(textOf(status({ stopFirst }), [], null), /--stop-first/);
});

test('cancelled', () => {
  const reason = { type: 'Cancelled', message: 'A cancel was asked for.', host: null, advice: '' } as const;
  const hosts = { web1: { state: 'restored', live: '3-0f0f0f0', problem: null } } as const;
  assert.equal(
    textOf(status({ outcome: 'rolled-back', cancelled: true, reason, hosts }), [], null),
    `
CANCELLED: 1a2b3c4 of shop is not live in production.

What failed: Cancelled: A cancel was asked for.

Live now:
  web1: 3-0f0f0f0 (as before, ready again)`,
  );
});

test('a cancel that came too late is not a failure', () => {
  assert.match(textOf(status({ cancelled: true }), [], null), /^\nDEPLOYED 1a2b3c4/);
});

test('superseded, and still running', () => {
  const hosts = { web1: { state: 'unknown', live: null, problem: null } } as const;
  assert.equal(
    textOf(status({ outcome: 'superseded', hosts }), [], null),
    `
SUPERSEDED: another deploy of shop took over; this one changes nothing more.

Live now:
  web1: nothing that Landfall deployed (not certain)`,
  );
  const running = textOf(status({ outcome: null, phase: 'release' }), [], null);
  assert.match(running, /^\nSTILL RUNNING: 1a2b3c4 of shop to production, in its release phase\.\n/);
});

test('of a long journal the end is shown, and nothing that acts on a terminal', () => {
  const journal = Array.from({ length: 100 }, (_, line) => `line ${line}`);
  journal.push('\u001b[31mred\u001b[0m \u001b]0;title\u0007bell\u0007\ttab');
  const failed = status({ outcome: 'rolled-back', reason: notReady });
  const lines = textOf(failed, [{ host: 'web1', evidence: { journal } }], null).split('\n');
  const begin = lines.indexOf('Journal of that start on web1:');
  assert.deepEqual(lines.slice(begin + 1, begin + 3), ['    …', '    line 61']);
  assert.equal(lines[begin + 41], '    red bell\ttab');
});

test('a host that cannot be reached stands in the status, with what to do', () => {
  const problem = 'tried again until 09:12, without success since 03:12: web2 cannot be reached.';
  const rollingBack = status({
    outcome: null,
    phase: 'rollback',
    reason: notReady,
    hosts: {
      web1: { state: 'restored', live: '3-0f0f0f0', problem: null },
      web2: { state: 'unreachable', live: '4-1a2b3c4', problem },
    },
  });
  assert.equal(
    textOf(rollingBack, [], null),
    `
STILL RUNNING: 1a2b3c4 of shop to production, in its rollback phase.

What failed: NotReady on web1: ${notReady.message}

Live now:
  web1: 3-0f0f0f0 (as before, ready again)
  web2: 4-1a2b3c4 (NOT CERTAIN, waited for): ${problem}

What to do: Bring web2 back; the run then continues. To deploy a hotfix before that, take web2 out of landfall.yaml and deploy with --supersede.`,
  );
});

test('of many hosts, those that a summary only counts', () => {
  const text = textOf(
    status({
      outcome: 'needs-operator',
      phase: 'rollback',
      hosts: { web9: { state: 'needs-operator', live: '4-1a2b3c4', problem: 'no room' } },
      others: { restored: 940, unreachable: 59 },
    }),
    [],
    null,
  );
  assert.match(
    text,
    /Live now:\n {2}web9: 4-1a2b3c4 \(NOT CERTAIN, needs an operator\): no room\n {2}and 999 more hosts: 940 as before, ready again; 59 NOT CERTAIN, waited for\n/,
  );
});
