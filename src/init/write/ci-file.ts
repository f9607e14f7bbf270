/** The file with which a repository's CI deploys each push over SSH: the runner needs `ssh` alone. Pure. */

import { stringify } from 'yaml';
import { type ControllerAddress, controllerText } from '../../config/controller-address';
import { oneLine } from '../../text/safe-text';

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
  /** null: there is none yet, and the file says how to make one. */
  controller: ControllerAddress | null;
}

const EXAMPLE: ControllerAddress = { host: 'ops.example.com', user: 'landfall', port: null };

export function ciFile(ci: 'github' | 'gitlab', of: Of): CiFile {
  return ci === 'github'
    ? { path: '.github/workflows/deploy.yml', text: github(of) }
    : { path: '.gitlab-ci.yml', text: gitlab(of) };
}

/** The comment at the top: the commands that a person gives once. */
function once(ci: 'github' | 'gitlab', of: Of): string {
  const { host, port } = of.controller ?? EXAMPLE;
  const machine = `root@${host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}`;
  const key = `${ci}-${of.service}`;
  const config = of.config === 'landfall.yaml' ? '' : ` --config ${word(oneLine(of.config))}`;
  const scan = `ssh-keyscan${port === null ? '' : ` -p ${port}`} ${host}`;
  const install =
    of.controller === null
      ? `# There is no controller yet. Take a machine for it, and write its name in place of ${host}, also
# below and as controller: in landfall.yaml.
#   landfall controller install ${machine}${config}
`
      : '';
  const places =
    ci === 'github'
      ? `# Settings > Environments > ${of.environment}: the secret LANDFALL_SSH_KEY is the file ~/.ssh/${key}. The variable
# LANDFALL_KNOWN_HOSTS is a line of ${scan}`
      : `# Settings > CI/CD > Variables, both of type File and protected: LANDFALL_KEY is the file ~/.ssh/${key}.
# LANDFALL_KNOWN_HOSTS is a line of ${scan}`;
  return `# Deploys every push to ${of.branch} over SSH. A killed job leaves the deploy running: run the job again to follow it.
#
${install}# Once, from this folder:
#   ssh-keygen -t ed25519 -N '' -f ~/.ssh/${key}
#   landfall controller key add ${machine} ${key} --key ~/.ssh/${key}.pub --service ${of.service} \\
#     --environment ${of.environment} --command deploy --command status${config}
${places}
# Compare that line with the machine's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
`;
}

function github(of: Of): string {
  return `${once('github', of)}name: Deploy

on:
  push:
    branches: [${scalar(of.branch)}]
  workflow_dispatch:

# The job reads nothing on GitHub: the controller fetches the commit itself.
permissions: {}

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
      # Exit codes: 2 rejected, 3 rolled back, 4 needs an operator, 5 cancelled.
      - name: Deploy
        env:
          CONTROLLER: ${scalar(controllerText(of.controller ?? EXAMPLE))}
          KEY: \${{ secrets.LANDFALL_SSH_KEY }}
          KNOWN_HOSTS: \${{ vars.LANDFALL_KNOWN_HOSTS }}
        run: |
          umask 077
          printf '%s\\n' "$KEY" > "$RUNNER_TEMP/key"
          printf '%s\\n' "$KNOWN_HOSTS" > "$RUNNER_TEMP/known_hosts"
          door() {
            ssh -F /dev/null -T -i "$RUNNER_TEMP/key" -o IdentitiesOnly=yes -o BatchMode=yes \\
              -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$RUNNER_TEMP/known_hosts" \\
              -o ConnectTimeout=20 -o ServerAliveInterval=15 "$CONTROLLER" "$@" < /dev/null
          }
          story="github/$GITHUB_REPOSITORY/$GITHUB_RUN_ID"
          # 255 is of ssh: the connection was lost, and the deploy continues. The same command follows it again.
          for pause in 5 15 60 0; do
            code=0
            door deploy ${of.service} ${of.environment} "$GITHUB_SHA" --ci "$story" --output github || code=$?
            [ "$code" = 255 ] && [ "$pause" != 0 ] || break
            sleep "$pause"
          done
          door status ${of.service} ${of.environment} --markdown --ci "$story" >> "$GITHUB_STEP_SUMMARY" || true
          exit "$code"
`;
}

function gitlab(of: Of): string {
  const door = `ssh -F /dev/null -T -i key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=known_hosts -o ServerAliveInterval=15 ${controllerText(of.controller ?? EXAMPLE)}`;
  const deploy = `$DOOR deploy ${of.service} ${of.environment} "$CI_COMMIT_SHA" --ci "gitlab/$CI_PROJECT_PATH/$CI_PIPELINE_ID" --output gitlab < /dev/null`;
  return `${once('gitlab', of)}deploy:
  image: alpine:3.22
  rules:
    - if: ${scalar(`$CI_COMMIT_BRANCH == "${of.branch}"`)}
  environment: ${of.environment}
  # One after the other; a newer push never cancels a running deploy.
  resource_group: deploy-${of.service}-${of.environment}
  interruptible: false
  timeout: 1h
  # A job whose runner was lost is started again, and follows the deploy that runs.
  retry:
    max: 2
    when: [runner_system_failure, stuck_or_timeout_failure]
  variables:
    # The job reads nothing of the repository: the controller fetches the commit itself.
    GIT_STRATEGY: none
    DOOR: ${scalar(door)}
  before_script:
    - apk add --no-cache openssh-client
    - install -m 600 "$LANDFALL_KEY" key
    - install -m 600 "$LANDFALL_KNOWN_HOSTS" known_hosts
  script:
    # Exit codes: 2 rejected, 3 rolled back, 4 needs an operator, 5 cancelled.
    - ${scalar(deploy)}
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
