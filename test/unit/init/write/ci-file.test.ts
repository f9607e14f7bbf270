import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseController } from '../../../../src/config/controller-address';
import { parseWords } from '../../../../src/controller/door/grammar';
import { ciFile } from '../../../../src/init/write/ci-file';

const OF = {
  service: 'shop',
  environment: 'production',
  branch: 'main',
  config: 'landfall.yaml',
  controller: parseController('ssh://landfall@ops.acme.com:2222'),
};

/** The commented commands of the head, each on one line. */
const commands = (text: string) =>
  text
    .replaceAll(/ \\\n# */g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('#   '))
    .map((line) => line.slice(4));

test('the GitHub workflow has no rights and no foreign action, and no expression in a script', () => {
  const { path, text } = ciFile('github', OF);
  const workflow = parse(text);
  assert.equal(path, '.github/workflows/deploy.yml');
  assert.deepEqual([workflow.permissions, workflow.on.push.branches], [{}, ['main']]);
  assert.equal(workflow.concurrency['cancel-in-progress'], false);
  const steps: { run?: string; uses?: string; env?: Record<string, string> }[] = workflow.jobs.deploy.steps;
  assert.deepEqual(
    steps.map(({ uses }) => uses),
    [undefined],
  );
  assert.doesNotMatch(steps[0]?.run ?? '', /\$\{\{/);
  assert.equal(steps[0]?.env?.CONTROLLER, 'ssh://landfall@ops.acme.com:2222');
});

test('the job of GitHub asks for the deploy again after a lost connection, and ends with its exit code', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-ci-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const log = join(folder, 'log');
  // The last words of ssh are those that the controller gets.
  program(
    'ssh',
    `echo "$*" | sed 's/.*:2222 //' >> ${log}; case "$*" in *" deploy "*) exec ${folder}/deploy ;; esac`,
  );
  program('sleep', `echo "sleep $1" >> ${log}`);
  const step = parse(ciFile('github', OF).text).jobs.deploy.steps[0];
  const job = () => {
    writeFileSync(log, '');
    const { status } = spawnSync('bash', ['-e', '-c', step.run], {
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        CONTROLLER: step.env.CONTROLLER,
        RUNNER_TEMP: folder,
        KEY: 'private',
        KNOWN_HOSTS: 'line',
        GITHUB_SHA: '3fa9c1e',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: '7',
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      },
    });
    return { status, words: readFileSync(log, 'utf8').trim().split('\n') };
  };
  const deploy = 'deploy shop production 3fa9c1e --ci github/acme/shop/7 --output github';
  const report = 'status shop production --markdown --ci github/acme/shop/7';
  program('deploy', `[ $(grep -c '^deploy' ${log}) = 3 ] && exit 3; exit 255`);
  assert.deepEqual(job(), { status: 3, words: [deploy, 'sleep 5', deploy, 'sleep 15', deploy, report] });
  program('deploy', 'exit 255');
  const lost = job();
  assert.deepEqual([lost.status, lost.words.filter((line) => line === deploy).length], [255, 4]);
  for (const line of [deploy, report]) assert.ok(typeof parseWords(line) === 'object', line);
  assert.ok(!('refused' in Object(parseWords(deploy))));
  assert.equal(execFileSync('stat', ['-c', '%a', join(folder, 'key')], { encoding: 'utf8' }).trim(), '600');
});

test('the GitLab file deploys one branch, one after the other', () => {
  const of = { ...OF, branch: 'release/1.x', config: 'services/shop/landfall.yaml' };
  const { path, text } = ciFile('gitlab', of);
  const { deploy } = parse(text);
  assert.equal(path, '.gitlab-ci.yml');
  assert.deepEqual(deploy.rules, [{ if: '$CI_COMMIT_BRANCH == "release/1.x"' }]);
  assert.deepEqual([deploy.resource_group, deploy.interruptible], ['deploy-shop-production', false]);
  assert.match(deploy.variables.DOOR, /^ssh -F .* ssh:\/\/landfall@ops\.acme\.com:2222$/);
  assert.match(
    deploy.script[0],
    /^\$DOOR deploy shop production "\$CI_COMMIT_SHA" --ci "gitlab\/.*" --output gitlab </,
  );
});

test('the head names the commands that a person gives once, also those that make a controller', () => {
  const add =
    'landfall controller key add root@ops.acme.com:2222 gitlab-shop --key ~/.ssh/gitlab-shop.pub --service shop --environment production --command deploy --command status --config services/shop/landfall.yaml';
  const { text } = ciFile('gitlab', { ...OF, config: 'services/shop/landfall.yaml' });
  assert.deepEqual(commands(text), [`ssh-keygen -t ed25519 -N '' -f ~/.ssh/gitlab-shop`, add]);
  assert.match(text, /ssh-keyscan -p 2222 ops\.acme\.com\n/);
  const none = ciFile('github', { ...OF, controller: null }).text;
  assert.equal(commands(none)[0], 'landfall controller install root@ops.example.com');
  assert.match(none, /CONTROLLER: ssh:\/\/landfall@ops\.example\.com\n/);
});

test('names of branches and folders act on no shell and no YAML', () => {
  const hostile = { ...OF, branch: "no#'-&*branch", config: "a b;$(id)'\non: x/landfall.yaml" };
  const workflow = parse(ciFile('github', hostile).text);
  assert.deepEqual(workflow.on.push.branches, [hostile.branch]);
  assert.match(commands(ciFile('github', hostile).text)[1] ?? '', / --config 'a b;\$\(id\)'\\''/);
  const { deploy } = parse(ciFile('gitlab', hostile).text);
  assert.deepEqual(deploy.rules, [{ if: `$CI_COMMIT_BRANCH == "${hostile.branch}"` }]);
});
