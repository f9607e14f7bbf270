import { resolve } from 'node:path';
import { type Environment, environmentOf, loadConfig } from '../../config';
import type { HostTarget } from '../../config/deploy-input';
import { helperSource } from '../../host-agent/helper-source';
import { output } from '../../output/output';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { confirmed } from '../confirmed';
import { CommandError } from '../exit-codes';
import { HostSetup } from '../setup/host-setup';
import { publicKeyIn } from '../setup/public-key';
import { removeFromHost } from '../setup/remove-from-host';
import { proxyProblem, setupLines, toolLines } from '../setup/setup-lines';

export interface SetupOptions {
  env: string;
  config: string;
  /** The user that logs in: root, or another administrator with full sudo. */
  as: string;
  authorizedKey?: string;
  /** Let the service listen where landfall.yaml says for this host, and nowhere else. */
  pinAddresses?: boolean;
  /** Remove what Landfall has on the host for the service. */
  remove?: boolean;
  /** With it, remove the data, the variables and the users of the service. */
  data?: boolean;
  /** With it, stop the service. */
  stop?: boolean;
  yes?: boolean;
}

/**
 * `landfall setup`: prints what root has to do once on a host, then does it; with `--remove`, undoes it. Safe to repeat.
 * @returns the exit code
 */
export async function setupCommand(hostName: string, options: SetupOptions): Promise<number> {
  const { as, pinAddresses = false, data = false, stop = false } = options;
  if (!options.remove && (data || stop)) {
    throw new CommandError(`--${data ? 'data' : 'stop'} goes with --remove. Add --remove, or leave it out.`);
  }
  const config = loadConfig(resolve(options.config));
  const environment = environmentOf(config, options.env);
  const host = findHost(environment, hostName);
  const { keyFiles, knownHosts } = workerOptionsFrom(process.env);
  const connections = new HostConnections({ keyFiles, knownHosts });
  const authorizedKey = options.authorizedKey === undefined ? null : publicKeyIn(options.authorizedKey);
  const remove = options.remove ? { data, stop } : undefined;
  const wanted = { environment, host, as, authorizedKey, pinAddresses, remove };
  try {
    const setup = await HostSetup.of(connections, wanted, helperSource());
    if (remove !== undefined) {
      const { service } = config;
      return await removeFromHost(setup, { service, host: host.name, as, data, yes: options.yes });
    }
    const { settings } = environment;
    let plan = await setup.plan();
    output.say(...setupLines({ host, as, settings }, plan));
    if (await setup.lacksPython()) {
      if (!(await confirmed('Install Python now?', options.yes))) return 1;
      await setup.bringPython();
      plan = await setup.plan();
      output.say(...setupLines({ host, as, settings }, plan));
    }
    const open = plan.actions.filter((action) => !action.done);
    if (open.length === 0) {
      output.say('Everything is in place already; nothing to do.');
      return proxyProblem(plan).length === 0 ? 0 : 1;
    }
    if (!(await confirmed(`Do these ${open.length} things now?`, options.yes))) return 1;
    const done = await setup.apply();
    if (plan.tools === undefined) output.say(...toolLines(host, settings, done));
    output.say(`Done: ${setup.deployUser}@${host.name} can deploy ${config.service} now.`);
    const unserved = proxyProblem(done);
    output.say(...unserved.map((problem) => `The domain is not served: ${problem}`));
    return unserved.length === 0 ? 0 : 1;
  } finally {
    connections.close();
  }
}

function findHost({ name: environment, hosts }: Environment, name: string): HostTarget {
  const host = hosts.find((candidate) => candidate.name === name || candidate.address === name);
  if (host !== undefined) return host;
  const names = hosts.map((candidate) => candidate.name).join(', ');
  throw new CommandError(`The environment ${environment} has no host ${name}; it has: ${names}.`);
}
