import { Argument } from 'commander';
import { onService, type Run, wholeNumber, withConfig } from './arguments';
import type { LandfallCommand } from './landfall-command';

const REF = 'branch, tag or commit to deploy (default: the commit of the CI run, else HEAD of this checkout)';
const FIX_FORWARD = 'deploy although the live release is not ready';
const SUPERSEDE = 'end a run that waits for an operator or an unreachable host, or that soaks';
const TAKE_OVER = 'take over hosts from an unfinished deploy of another engine';
const STOP_FIRST =
  'stop the old release and all processes of its user before the new release runs; interrupts the service';

/** The commands that start, follow and end runs. */
export function addDeployCommands(program: LandfallCommand, run: Run): void {
  const on = (name: string, description: string) => onService(program, name, description);

  withConfig(on('deploy', 'deploy a commit, or follow the deploy of that commit that already runs'))
    .option('--ref <ref>', REF)
    .option('--fix-forward', FIX_FORWARD)
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--wait-for-running', 'wait until the running deploy of another commit has ended')
    .option('--again', 'deploy again what this CI run has already deployed')
    .example('landfall deploy shop --env production', 'deploy the commit of this checkout')
    .example('landfall deploy shop --env production --ref v1.4.0', 'deploy a tag')
    .example(
      'landfall deploy shop --env production --ref main --supersede',
      'deploy a hotfix while another deploy waits or soaks',
    )
    .action(run(async () => (await import('../commands/deploy.js')).deployCommand));

  withConfig(on('plan', 'show what a deploy would do, and what would be refused; changes nothing'))
    .option('--ref <ref>', REF)
    .option('--rollback', 'plan a rollback to the good release before the live release')
    .option('--fix-forward', FIX_FORWARD)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--json', 'print JSON')
    .example(
      'landfall plan shop --env production --ref main',
      'see what a deploy of the branch main would do',
    )
    .example('landfall plan shop --env production --rollback', 'see where a rollback would lead')
    .action(run(async () => (await import('../commands/plan.js')).planCommand));

  withConfig(on('rollback', 'restore the good release before the live release'))
    .option('--soak', 'watch the restored release for the whole time of soak:')
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .example('landfall rollback shop --env production', 'restore the release before the live one')
    .example(
      'landfall rollback shop --env production --supersede',
      'do the same while a deploy soaks or waits',
    )
    .action(run(async () => (await import('../commands/rollback.js')).rollbackCommand));

  withConfig(on('restart', 'start the live release once more, with the newest environment'))
    .option('--fix-forward', FIX_FORWARD)
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--wait-for-running', 'wait until the running deploy has ended')
    .example('landfall restart shop --env production', 'apply variables that landfall env has set')
    .action(run(async () => (await import('../commands/restart.js')).restartCommand));

  withConfig(on('status', 'show the latest deploy'))
    .option('--json', 'print JSON')
    .option('--markdown', 'print Markdown, for the summary of a CI job')
    .option('--outputs', 'print lines of name=value: outcome, exit_code, commit, live, run_id')
    .option('--ci-run <id>', 'of this CI run, such as github/acme/shop/123, and not the latest deploy')
    .example(
      'landfall status shop --env production',
      'see how the latest deploy stands, and the live releases',
    )
    .example('landfall status shop --env production --json', 'read the status in a program')
    .example(
      'landfall status shop --env production --markdown >> "$GITHUB_STEP_SUMMARY"',
      'show the deploy in the summary of a job',
    )
    .action(run(async () => (await import('../commands/status.js')).statusCommand));

  withConfig(on('doctor', 'examine the hosts, and with --repair repair them'))
    .option('--repair', 'restore last good where it is not live, and remove leftovers')
    .option('--supersede', `with --repair: ${SUPERSEDE}`)
    .option('--take-over', `with --repair: ${TAKE_OVER}`)
    .example('landfall doctor shop --env production', 'find what an abandoned deploy has left on the hosts')
    .example('landfall doctor shop --env production --repair', 'repair what was found')
    .action(run(async () => (await import('../commands/doctor.js')).doctorCommand));

  withConfig(on('cancel', 'stop the running deploy and undo its changes'))
    .example('landfall cancel shop --env production', 'stop the running deploy, and follow its rollback')
    .action(run(async () => (await import('../commands/cancel.js')).cancelCommand));

  withConfig(on('decide', 'answer a deploy that needs an operator'))
    .addArgument(
      new Argument(
        '<choice>',
        'retry: roll back again; accept: leave the hosts as they are; go-forward: try the new release again',
      ).choices(['retry', 'accept', 'go-forward']),
    )
    .option(
      '--question <number>',
      'number of the answered question in the status (default: the open question)',
      wholeNumber,
    )
    .example('landfall decide shop retry --env production', 'roll back again after the cause was repaired')
    .example(
      'landfall decide shop accept --question 2 --env production',
      'leave the hosts as they are, if question 2 is still open',
    )
    .action(run(async () => (await import('../commands/decide.js')).decideCommand));
}
