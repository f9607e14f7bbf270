import { gather } from '../../../controller/install/contents';
import type { ControllerFacts } from '../../../controller/install/facts';
import { installScript, rollbackScript } from '../../../controller/install/install-script';
import { USUAL_PORT } from '../../../controller/install/layout';
import { megabytes, planInstall } from '../../../controller/install/plan';
import { output } from '../../../output/output';
import { poll } from '../../../timing/poll';
import { confirmed } from '../../confirmed';
import { Machine } from '../../controller/machine';
import { sendVersion, throwUnlessStarted } from '../../controller/send-version';
import { type ProgramOptions, sentPrograms } from '../../controller/sent-programs';
import { CommandError } from '../../exit-codes';

export interface UpgradeOptions extends ProgramOptions {
  wait?: boolean;
  rollback?: boolean;
  yes?: boolean;
}

/** A deploy lasts minutes: looking more often gains nothing. */
const LOOK_MS = 5_000;

/**
 * `landfall controller upgrade`: replaces the version there by this one, while no run is open. When it does not start,
 * the version before runs again. `--rollback` starts the version before.
 * @returns the exit code
 */
export async function controllerUpgradeCommand(name: string, options: UpgradeOptions): Promise<number> {
  const machine = Machine.named(name);
  return options.rollback === true ? rollback(machine, options) : upgrade(machine, options);
}

async function upgrade(machine: Machine, options: UpgradeOptions): Promise<number> {
  const contents = await gather(await sentPrograms(options));
  try {
    const facts = await machine.installed();
    if (facts.current === contents.name) {
      output.say(`${machine.name} has this version already (${contents.name}); nothing to do.`);
      return 0;
    }
    const port = facts.port ?? USUAL_PORT;
    const { problems } = planInstall(facts, { contents, port, knownHosts: [], unknown: [] });
    if (problems.length > 0) throw new CommandError([...problems, 'Nothing was changed.']);
    output.say(
      `On ${machine.name}: ${contents.name} (Node ${contents.node}, ${megabytes(contents.bytes)}) replaces ${facts.current}, which stays for landfall controller upgrade --rollback.`,
    );
    if (!(await confirmed('Do this now?', options.yes))) return 1;
    await withoutOpenRuns(machine, facts, options);
    const { name } = contents;
    await sendVersion(machine, facts, contents, (how) =>
      installScript({ name, port, knownHosts: [], ...how }),
    );
    output.say(`Done: ${machine.name} runs ${contents.name}.`);
    return 0;
  } finally {
    await contents.remove();
  }
}

async function rollback(machine: Machine, options: UpgradeOptions): Promise<number> {
  const facts = await machine.installed();
  if (facts.previous === null)
    throw new CommandError(`${machine.name} has no version before ${facts.current}.`);
  output.say(`On ${machine.name}: ${facts.previous} replaces ${facts.current}.`);
  if (!(await confirmed('Do this now?', options.yes))) return 1;
  await withoutOpenRuns(machine, facts, options);
  throwUnlessStarted(machine, await machine.run(rollbackScript()));
  output.say(`Done: ${machine.name} runs ${facts.previous}.`);
  return 0;
}

/** Another version may decide otherwise in a run that this one began. @throws CommandError while runs are open */
async function withoutOpenRuns(
  machine: Machine,
  found: ControllerFacts,
  { wait }: UpgradeOptions,
): Promise<void> {
  let said = '';
  const look = async () => {
    const { openRuns } = said === '' ? found : await machine.facts();
    // An engine that does not answer is a reason for another version.
    if (openRuns === null || openRuns.length === 0) return true;
    const open = openRuns.join(', ');
    if (wait !== true) {
      throw new CommandError([
        `Runs are open on ${machine.name}: ${open}. Another version may not continue them.`,
        'Wait for their end with --wait, or cancel them: landfall cancel SERVICE --env ENVIRONMENT',
      ]);
    }
    if (open !== said) output.say(`  Waiting for the end of: ${open}`);
    said = open;
    return null;
  };
  await poll(look, { pause: LOOK_MS });
}
