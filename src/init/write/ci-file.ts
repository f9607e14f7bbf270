/** The file with which a repository's CI deploys each push. Pure. */

import { stringify } from 'yaml';

export interface CiFile {
  /** From the root of the repository. */
  path: string;
  text: string;
}

interface Of {
  service: string;
  environment: string;
  branch: string;
  /** landfall.yaml, from the root of the repository. */
  config: string;
  /** Of Landfall. */
  version: string;
}

export function ciFile(ci: 'github' | 'gitlab', of: Of): CiFile {
  return ci === 'github'
    ? { path: '.github/workflows/deploy.yml', text: github(of) }
    : { path: '.gitlab-ci.yml', text: gitlab(of) };
}

function command({ service, environment, config }: Of, ref: string): string {
  const file = config === 'landfall.yaml' ? '' : ` --config ${word(config)}`;
  return `landfall deploy ${service} --env ${environment} --ref "${ref}"${file}`;
}

function github(of: Of): string {
  return `# Deploys every push to ${of.branch}. A killed job leaves the deploy running: run the job again to follow it.
# Needs in Settings > Environments > ${of.environment}: the variable TEMPORAL_ADDRESS, the secret TEMPORAL_API_KEY.
name: Deploy

on:
  push:
    branches: [${scalar(of.branch)}]
  workflow_dispatch:

permissions:
  contents: read

# One after the other; a newer push never cancels a running deploy.
concurrency:
  group: deploy-${of.service}-${of.environment}
  cancel-in-progress: false

jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: ${of.environment}
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false

      - uses: actions/setup-node@39370e3970a6d050c480ffad4ff0ed4d3fdee5af # v4.1.0
        with:
          node-version: 22

      - name: Install Landfall
        run: npm install --global --ignore-scripts landfall-deploy@${of.version}

      - name: Deploy
        run: ${scalar(command(of, '$GITHUB_SHA'))}
        env:
          TEMPORAL_ADDRESS: \${{ vars.TEMPORAL_ADDRESS }}
          TEMPORAL_TLS: 'true'
          TEMPORAL_API_KEY: \${{ secrets.TEMPORAL_API_KEY }}
`;
}

function gitlab(of: Of): string {
  return `# Deploys every push to ${of.branch}. A killed job leaves the deploy running: run the job again to follow it.
# Needs in Settings > CI/CD > Variables: TEMPORAL_ADDRESS, and TEMPORAL_API_KEY (masked, protected).
deploy:
  image: node:22-slim
  rules:
    - if: ${scalar(`$CI_COMMIT_BRANCH == "${of.branch}"`)}
  environment: ${of.environment}
  # One after the other; a newer push never cancels a running deploy.
  resource_group: deploy-${of.service}-${of.environment}
  interruptible: false
  variables:
    TEMPORAL_TLS: 'true'
  script:
    - npm install --global --ignore-scripts landfall-deploy@${of.version}
    - ${scalar(command(of, '$CI_COMMIT_SHA'))}
`;
}

/** One word of a POSIX shell. */
function word(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text of one line in YAML, also within a list in brackets. */
function scalar(text: string): string {
  return stringify([text], {
    collectionStyle: 'flow',
    lineWidth: 0,
    singleQuote: true,
    flowCollectionPadding: false,
  })
    .trim()
    .slice(1, -1);
}
