/** The commit that `landfall up` deploys: HEAD of the checkout around landfall.yaml. */
import { dirname } from 'node:path';
import type { Config } from '../../config';
import type { ServiceSettings } from '../../config/deploy-input';
import type { Refusal } from '../../deployment/project/facts';
import { readFacts } from '../../deployment/project/read-facts';
import { servedBy } from '../../deployment/project/served';
import { factWords } from '../../deployment/project/with-facts';
import { git } from '../../git/git';
import { projectFiles } from '../../git/project-files';
import { readCheckout } from '../../init/checkout';
import { examine } from '../../init/examine';
import type { EnvName } from '../../init/find/env-names';
import { CommandError } from '../exit-codes';
import { repositoryForRun } from './repository';

export interface CommitOfRun {
  sha: string;
  /** Its first line, cut. */
  subject: string;
  /** Where the engine of this machine reads it. */
  repository: string;
  /** Changes that are not deployed, from the folder of landfall.yaml. */
  uncommitted: string[];
  /** Facts for people, one sentence each. */
  facts: string[];
  /** Why a deploy of this commit would be refused. */
  refusals: Refusal[];
  /** The environment variables that its code reads. */
  variables: EnvName[];
}

/** Runs nothing of the project. @throws ExpectedError outside of a checkout; CommandError without a commit */
export async function commitOfRun(config: Config, settings: ServiceSettings): Promise<CommitOfRun> {
  const folder = dirname(config.file);
  const { root, remote, uncommitted } = await readCheckout(folder);
  const ask = async (...args: string[]) => (await git(['-C', root, ...args])).trim();
  const sha = await ask('rev-parse', '--verify', '--quiet', 'HEAD').catch(() => '');
  if (sha === '')
    throw new CommandError([
      'This repository has no commit yet, and Landfall deploys commits. Nothing was changed.',
      'Run: git add --all && git commit',
    ]);
  const [subject, mirror] = await Promise.all([
    ask('log', '-1', '--format=%s', sha),
    ask('rev-parse', '--absolute-git-dir'),
  ]);
  const files = await projectFiles(mirror, sha, config.path, settings.requirements ?? []);
  const facts = readFacts(files, settings);
  const served = servedBy(files, facts, settings);
  return {
    sha,
    subject: subject.slice(0, 120),
    repository: repositoryForRun(config.repository, { root, remote }),
    uncommitted,
    facts: [...factWords(facts), ...(served === null ? [] : [served])],
    refusals: facts.refusals,
    variables: examine(files).env,
  };
}
