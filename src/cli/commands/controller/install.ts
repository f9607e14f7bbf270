import { type Contents, gather } from '../../../controller/install/contents';
import type { ControllerFacts } from '../../../controller/install/facts';
import { installScript } from '../../../controller/install/install-script';
import { USUAL_PORT } from '../../../controller/install/layout';
import { type InstallPlan, planInstall } from '../../../controller/install/plan';
import { output } from '../../../output/output';
import { confirmed } from '../../confirmed';
import { type TrustOptions, trustFor } from '../../controller/known-host-lines';
import { Machine } from '../../controller/machine';
import { sendVersion } from '../../controller/send-version';
import { type ProgramOptions, sentPrograms } from '../../controller/sent-programs';
import { CommandError } from '../../exit-codes';

export interface InstallCommandOptions extends ProgramOptions, TrustOptions {
  port?: string;
  yes?: boolean;
}

/**
 * `landfall controller install`: puts an engine and a worker on a machine, as services. Prints a plan, and acts after
 * a yes. Safe to repeat.
 * @returns the exit code
 */
export async function controllerInstallCommand(
  name: string,
  options: InstallCommandOptions,
): Promise<number> {
  const machine = Machine.named(name);
  const { lines: knownHosts, unknown } = await trustFor(options, process.env);
  const programs = await sentPrograms(options);
  const facts = await machine.facts();
  const contents = await gather(programs);
  try {
    refuseOtherVersion(machine, facts, contents);
    const port = Number(options.port ?? facts.port ?? USUAL_PORT);
    const plan = planInstall(facts, { contents, port, knownHosts, unknown });
    output.say(`On ${machine.name} (${facts.system}):`, ...planLines(plan));
    if (plan.problems.length > 0) throw new CommandError([...plan.problems, 'Nothing was changed.']);
    const open = plan.actions.filter((action) => !action.done).length;
    if (open === 0) {
      output.say('Everything is in place already; nothing to do.');
      return 0;
    }
    if (!(await confirmed(`Do these ${open} things now?`, options.yes))) return 1;
    const script = (how: { sends: boolean; kept: string[] }) =>
      installScript({ name: contents.name, port, knownHosts, ...how });
    const publicKey = await sendVersion(machine, facts, contents, script);
    output.say(
      `Done: the controller on ${machine.name} runs. Its public key for hosts and repositories:`,
      publicKey,
      `Save that line as controller.pub, then for each host: landfall setup HOST --env ENVIRONMENT --authorized-key controller.pub`,
    );
    return 0;
  } finally {
    await contents.remove();
  }
}

function refuseOtherVersion(machine: Machine, facts: ControllerFacts, contents: Contents): void {
  if (facts.current === null || facts.current === contents.name) return;
  throw new CommandError(
    `${machine.name} has the version ${facts.current}, and this is ${contents.name}. Upgrade it: landfall controller upgrade ${machine.name}`,
  );
}

function planLines({ actions, warnings, problems }: InstallPlan): string[] {
  return [
    ...actions.map(({ what, done }) => `  ${done ? '✓' : '+'} ${what}`),
    ...warnings.map((warning) => `  ! ${warning}`),
    ...(problems.length > 0 ? ['Refused:'] : []),
  ];
}
