import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeCiFiles } from '../../../../src/cli/ci/ci-files';
import { runMarkdown } from '../../../../src/cli/ci/run-markdown';
import { outputLines, type RunReport } from '../../../../src/cli/ci/run-report';
import { OUTCOMES } from '../../../../src/deployment/status';
import { HOSTILE } from '../../../security/acts-on-nobody';
import { withoutCode } from '../../../security/without-code';
import { notReady, status } from '../status';

const RUN_ID = '0193a1b2-5d1e-7c7a-9c4f-3c4a52f0d7aa';

function report(changes: Partial<RunReport> = {}): RunReport {
  return { runId: RUN_ID, status: status(), evidence: [], uiUrl: null, ...changes };
}

test('outputs name the outcome, the exit code, the commit and the live release of each host', () => {
  const rolledBack = status({
    outcome: 'rolled-back',
    reason: notReady,
    hosts: {
      web1: { state: 'restored', live: '3-0f9e8d7', problem: null },
      web2: { state: 'emptied', live: null, problem: null },
    },
  });
  assert.deepEqual(outputLines(report({ status: rolledBack })), [
    'outcome=rolled-back',
    'exit_code=3',
    'commit=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
    'live={"web1":"3-0f9e8d7","web2":null}',
    `run_id=${RUN_ID}`,
  ]);
  const words = (changes: Parameters<typeof status>[0]) =>
    outputLines(report({ status: status(changes) })).slice(0, 2);
  assert.deepEqual(words({}), ['outcome=deployed', 'exit_code=0']);
  assert.deepEqual(words({ outcome: 'rejected', cancelled: true }), ['outcome=cancelled', 'exit_code=5']);
  assert.deepEqual(words({ outcome: null, phase: 'release' }), ['outcome=running', 'exit_code=4']);
  assert.deepEqual(outputLines(report({ status: null })).slice(0, 3), [
    'outcome=unknown',
    'exit_code=4',
    'commit=',
  ]);
});

test('no text of a host or a commit makes an output of its own', () => {
  for (const text of [...HOSTILE, 'x\noutcome=deployed', 'x<<EOF\ny']) {
    const hosts = { [text]: { state: 'good', live: text, problem: text } } as const;
    const lines = outputLines(report({ runId: text, status: status({ commit: text, hosts }) }));
    assert.deepEqual(
      lines.map((line) => /^(\w+)=[ -~]*$/.exec(line)?.[1]),
      ['outcome', 'exit_code', 'commit', 'live', 'run_id'],
    );
    assert.deepEqual(JSON.parse(lines[3]?.slice('live='.length) ?? ''), { [text]: text });
    assert.equal(lines[2], 'commit=');
  }
});

test('the summary of a rollback says what failed, what is live and what to do, with the evidence', () => {
  const rolledBack = status({
    outcome: 'rolled-back',
    reason: notReady,
    hosts: { web1: { state: 'restored', live: '3-0f9e8d7', problem: null } },
  });
  const evidence = [{ host: 'web1', evidence: { journal: ['ValueError: ```'] } }];
  const uiUrl = 'https://ui.example.com/namespaces/default/workflows/deploy%2Fshop';
  assert.equal(
    runMarkdown(report({ status: rolledBack, evidence, uiUrl })).join('\n'),
    `### ❌ Rolled back

- \`shop\` in \`production\`: \`1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d (main)\`, requested by \`ada@laptop\`
- exit code 3

**Failure**: \`NotReady\` on \`web1\`

> \`shop on web1 was not ready within 60 s: /health/ready: status 503.\`

**Live now**

- \`web1\`: \`3-0f9e8d7 (as before, ready again)\`

**What to do**

> \`Fix the cause.\`

<details><summary>Evidence</summary>

\`\`\`\`
Journal of that start on web1:
    ValueError: \`\`\`
\`\`\`\`

</details>

[All details](<${uiUrl}>)
`,
  );
});

const MARKDOWN = [
  ...HOSTILE,
  '](https://evil.example/by-link)',
  '`](https://evil.example/by-tick) ``by-two`` ```by-three',
  '\\`<img src=x onerror=by-html>',
  'https://evil.example/by-address @by-mention #1',
  'a | b |\n|---|---|\n| by-table |',
  '\n```\n# by-fence\n````\n</details><h1>by-details',
  '$`by-math`$ ~~~by-tilde',
  ' ',
  '',
];

test('in a summary every text of an app, a host or a person is code', () => {
  for (const text of MARKDOWN) {
    const reason = { type: 'NotReady', message: text, host: text, advice: text } as const;
    const evidence = [{ host: text, evidence: { journal: [text], output: text, lastAnswer: text } }];
    for (const outcome of OUTCOMES) {
      const hostile = status({
        service: text,
        environment: text,
        requested: text,
        commit: text,
        by: text,
        outcome,
        reason,
        trouble: reason,
        hosts: { [text]: { state: 'needs-operator', live: text, problem: text } },
      });
      const markdown = runMarkdown(report({ status: hostile, evidence, uiUrl: text })).join('\n');
      const rest = withoutCode(markdown);
      assert.doesNotMatch(rest, /by-|evil|`|\|/, markdown);
      assert.equal(rest.match(/</g)?.length, 4, 'the marks around the evidence alone');
    }
  }
});

test('on GitHub Actions a run is added to the summary of the job and to the outputs of the step', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-ci-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [summary, outputs] = [join(folder, 'summary'), join(folder, 'outputs')];
  writeCiFiles(report(), { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs });
  writeCiFiles(report(), { GITHUB_STEP_SUMMARY: join(folder, 'missing', 'summary') });
  writeCiFiles(report(), {});
  assert.equal(readFileSync(outputs, 'utf8'), `${outputLines(report()).join('\n')}\n`);
  assert.match(readFileSync(summary, 'utf8'), /^### ✅ Deployed\n/);
});
