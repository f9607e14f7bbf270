import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ciFile } from '../../../../src/init/write/ci-file';

const OF = {
  service: 'shop',
  environment: 'production',
  branch: 'main',
  config: 'landfall.yaml',
  version: '1.2.3',
};

test('the GitHub workflow has few rights, pinned actions, and no expression in a script', () => {
  const { path, text } = ciFile('github', OF);
  const workflow = parse(text);
  assert.equal(path, '.github/workflows/deploy.yml');
  assert.deepEqual([workflow.permissions, workflow.on.push.branches], [{ contents: 'read' }, ['main']]);
  assert.equal(workflow.concurrency['cancel-in-progress'], false);
  const steps: { run?: string; uses?: string }[] = workflow.jobs.deploy.steps;
  for (const { run = '', uses } of steps) {
    assert.doesNotMatch(run, /\$\{\{/);
    if (uses !== undefined) assert.match(uses, /@[0-9a-f]{40}$/);
  }
  const [deploy] = steps.filter(({ run }) => run?.startsWith('landfall deploy'));
  assert.equal(deploy?.run, 'landfall deploy shop --env production --ref "$GITHUB_SHA"');
});

test('the GitLab file deploys one branch, one after the other', () => {
  const { path, text } = ciFile('gitlab', {
    ...OF,
    branch: 'release/1.x',
    config: 'services/shop/landfall.yaml',
  });
  const { deploy } = parse(text);
  assert.equal(path, '.gitlab-ci.yml');
  assert.deepEqual(deploy.rules, [{ if: '$CI_COMMIT_BRANCH == "release/1.x"' }]);
  assert.deepEqual([deploy.resource_group, deploy.interruptible], ['deploy-shop-production', false]);
  assert.equal(
    deploy.script[1],
    'landfall deploy shop --env production --ref "$CI_COMMIT_SHA" --config services/shop/landfall.yaml',
  );
});

test('names of branches and folders act on no shell and no YAML', () => {
  const hostile = { ...OF, branch: "no#'-&*branch", config: "a b;$(id)'/landfall.yaml" };
  const workflow = parse(ciFile('github', hostile).text);
  assert.deepEqual(workflow.on.push.branches, [hostile.branch]);
  const runs: string[] = workflow.jobs.deploy.steps.flatMap(({ run }: { run?: string }) => run ?? []);
  assert.match(runs.at(-1) ?? '', /--config 'a b;\$\(id\)'\\''\/landfall\.yaml'$/);
  const { deploy } = parse(ciFile('gitlab', hostile).text);
  assert.deepEqual(deploy.rules, [{ if: `$CI_COMMIT_BRANCH == "${hostile.branch}"` }]);
});
