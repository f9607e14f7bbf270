import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { requires, saysAll } from '../harness/bad-apps';
import { World } from '../harness/world';
import { actsOnNobody, actsOnNobodyInGroups, HOSTILE } from '../security/acts-on-nobody';
import { withoutCode } from '../security/without-code';

describe('an app, a repository and a CI that say what a terminal or a CI would act on', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  const folder = mkdtempSync(join(tmpdir(), 'landfall-hostile-'));
  after(() => rmSync(folder, { recursive: true }));
  const [GITHUB_STEP_SUMMARY, GITHUB_OUTPUT] = [join(folder, 'summary'), join(folder, 'output')];

  /** Deploys as a step of GitHub Actions. @param words that must have reached its output @returns its exit code */
  async function deploys(ref: string, words: string[], more: NodeJS.ProcessEnv = {}) {
    for (const file of [GITHUB_STEP_SUMMARY, GITHUB_OUTPUT]) writeFileSync(file, '');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY, GITHUB_OUTPUT, ...more };
    const { code, output } = await world.begin('deploy', ['shop', '--ref', ref], env).ended;
    actsOnNobodyInGroups(output);
    for (const word of words) assert.ok(output.includes(word), `${word} in ${output}`);
    const outputs = readFileSync(GITHUB_OUTPUT, 'utf8');
    assert.match(
      outputs,
      new RegExp(`^outcome=[a-z-]+\\nexit_code=${code}\\ncommit=([0-9a-f]{40})?\\nlive={.*}\\nrun_id=.*\\n$`),
    );
    const summary = readFileSync(GITHUB_STEP_SUMMARY, 'utf8');
    assert.match(summary, /^### /);
    assert.doesNotMatch(withoutCode(summary), /by-|::|\[(?!All details\])/, summary);
    return { code, output, summary };
  }

  /** Runs a command as a step of GitHub Actions. @param words that must have reached its output */
  async function printed(words: string[], command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const { code, output } = await world.begin(command, args, { GITHUB_ACTIONS: 'true', ...env }).ended;
    actsOnNobody(output, 1);
    for (const word of words) assert.ok(output.includes(word), `${word} in ${output}`);
    return code;
  }

  const deploy = async (commit: string, ...words: string[]) => (await deploys(commit, words)).code;

  it('a good deploy', async () => {
    const commit = world.repository.commit('::error::subject ##[error]', saysAll('1', HOSTILE, 'serves'));
    assert.equal(await deploy(commit, 'DEPLOYED'), 0);
  });

  it('an import that fails: the output and the error', async () => {
    const commit = world.repository.commit('2', saysAll('2', HOSTILE, 'raises'));
    const { code, output, summary } = await deploys(commit, [
      'by-colons',
      'by-a-second-line',
      'RuntimeError',
    ]);
    assert.equal(code, 2);
    assert.match(output, /^::error title=REJECTED [^:]*,file=main\.py,line=\d+::/m);
    assert.match(summary, /RuntimeError/);
  });

  it('an invalid requirement: the output of the installation', async () => {
    const line = 'x==1##[error]by-pip';
    const commit = world.repository.commit('3', requires('3', line));
    assert.equal(await deploy(commit, 'by-pip'), 2);
  });

  it('a release that does not become ready: its journal, its status and its last answer', async () => {
    const files = { ...requires('4', ''), ...saysAll('4', HOSTILE, 'is not ready') };
    const commit = world.repository.commit('4', files);
    assert.equal(
      await deploy(commit, 'ROLLED BACK', 'Last readiness answer', 'Journal of that start', 'by-csi'),
      3,
    );
  });

  it('status and doctor, of that', async () => {
    assert.equal(await printed(['ROLLED BACK'], 'status', ['shop']), 3);
    assert.equal(await printed(['WELL'], 'doctor', ['shop']), 0);
    const { output } = await world.begin('status', ['shop', '--json'], { GITHUB_ACTIONS: 'true' }).ended;
    actsOnNobody(output);
    assert.equal(JSON.parse(output).status.outcome, 'rolled-back');
  });

  it('names of files, of a ref, and of whoever asks', async () => {
    const names = { '::error::x': '', '##[error]x': '', '\u001b[2J': '', 'a\n::error::b': '', '\u202e': '' };
    const commit = world.repository.commit('5', { ...saysAll('5', HOSTILE, 'serves'), ...names });
    const actor = { GITHUB_ACTOR: '\u001b[2J::error::x ##[error]by-actor \u202e' };
    await deploys(commit, [], actor);
    await printed([], 'status', ['shop']);
    const ref = '::error::x ##[error]by-ref \u202e';
    const refused = await world.begin('deploy', ['shop', '--ref', ref], { GITHUB_ACTIONS: 'true', ...actor })
      .ended;
    actsOnNobody(refused.output, 2, 1);
    assert.match(refused.output, /by-ref/);
    await printed([], 'status', ['shop']);
  });
});
