import assert from 'node:assert/strict';
import { GithubRunner } from './github-runner';

/** Texts that a person's terminal or a CI would act on, each with a word that says which one it was. */
export const HOSTILE = [
  '::error::by-colons',
  ' \u00a0::set-env name=PATH::by-blanks',
  'x ##[error]by-brackets',
  '##vso[task.setvariable variable=x]by-azure',
  "##teamcity[buildStatus text='by-teamcity']",
  'section_start:1:x[collapsed=true]\r\u001b[0Kby-gitlab',
  'first\n::error::by-a-second-line',
  'first\r::error::by-carriage-return',
  'first\u2028::error::by-a-separator',
  'first\u0085::error::by-next-line',
  ':\u0000:error::by-nothing',
  '\u200b::error::by-zero-width',
  '::stop-commands::known',
  '\u001b[2J\u001b[31mby-csi',
  '\u009b2Jby-c1',
  '\u001b]0;by-title\u0007',
  '\u001b]52;c;Ynk=\u0007by-clipboard',
  '\u001bPby-dcs\u001b\\',
  'by-backspace\u0008\u0008\u0008',
  '\u202eby-override\u2066',
  '\u{e0041}by-tags',
  'by-surrogate\ud800',
] as const;

/** The characters that no output of Landfall may hold, a terminal's progress line aside. */
const ACTS = /[^\P{C}\n\t]|[\u2028\u2029]/u;

/** The commands of Landfall itself for GitHub. */
const OWN = /^::(error title=.*|group::(Prepare|Release|Rolling back|Repair)$|endgroup::$)/;

/**
 * That output of a command does nothing to whoever shows it.
 * @param stops how often it turned GitHub's commands off
 * @param own how many commands of Landfall itself GitHub executes
 */
export function actsOnNobody(output: string, stops = 0, own = 0): void {
  const runner = read(output);
  assert.equal(runner.executed.length, own, runner.executed.join('\n'));
  assert.equal(runner.stops, stops);
}

/** The same of a run that is followed: its phases are groups, and a failure is one annotation. */
export function actsOnNobodyInGroups(output: string): void {
  const { executed } = read(output);
  assert.equal(executed[0], '::group::Prepare');
  assert.ok(executed.filter((line) => line.startsWith('::error')).length <= 1, executed.join('\n'));
}

function read(output: string): GithubRunner {
  assert.doesNotMatch(output, ACTS);
  assert.doesNotMatch(output, /##\w*\[|^\s*section_(start|end):/m);
  const runner = new GithubRunner().read(output);
  for (const line of runner.executed) assert.match(line, OWN);
  assert.ok(runner.listens, 'commands are on again');
  // Without the words around it as well: the two layers do not need each other.
  const inside = output.replace(/^::(stop-commands::)?[0-9a-f]{48}(::)?\n/gm, '');
  const unprotected = new GithubRunner().read(inside);
  assert.deepEqual(unprotected.executed, runner.executed);
  assert.equal(unprotected.stops, 0);
  return runner;
}
