import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { requires, saysAll } from '../harness/bad-apps';
import { World } from '../harness/world';
import { actsOnNobody, HOSTILE } from '../security/acts-on-nobody';

describe('an app, a repository and a CI that say what a terminal or a CI would act on', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  /** Runs a command as a step of GitHub Actions. @param words that must have reached its output */
  async function printed(words: string[], command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const { code, output } = await world.begin(command, args, { GITHUB_ACTIONS: 'true', ...env }).ended;
    actsOnNobody(output, 1);
    for (const word of words) assert.ok(output.includes(word), `${word} in ${output}`);
    return code;
  }

  const deploy = (commit: string, ...words: string[]) => printed(words, 'deploy', ['shop', '--ref', commit]);

  it('a good deploy', async () => {
    const commit = world.repository.commit('::error::subject ##[error]', saysAll('1', HOSTILE, 'serves'));
    assert.equal(await deploy(commit, 'DEPLOYED'), 0);
  });

  it('an import that fails: the output and the error', async () => {
    const commit = world.repository.commit('2', saysAll('2', HOSTILE, 'raises'));
    assert.equal(await deploy(commit, 'by-colons', 'by-a-second-line', 'RuntimeError'), 2);
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
    await printed([], 'deploy', ['shop', '--ref', commit], actor);
    await printed([], 'status', ['shop']);
    await printed(['by-ref'], 'deploy', ['shop', '--ref', '::error::x ##[error]by-ref \u202e'], actor);
    await printed([], 'status', ['shop']);
  });
});
