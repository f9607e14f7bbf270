import type { Environment } from '../../config';
import type { HostTarget } from '../../config/deploy-input';
import type { Setup } from '../../contract/contract-types';
import { bindArgument } from '../../deployment/gunicorn';
import { policyOf } from '../../deployment/policy';
import { askedPython } from '../../deployment/project/interpreter-choice';
import { asRoot, installHelper } from '../../host-agent/client';
import { installPython, pythonInstall } from '../../host-agent/python-package';
import type { HostConnections } from '../../ssh/connections';

export interface SetupWanted {
  environment: Environment;
  host: HostTarget;
  /** The user that logs in: root, or another administrator with full sudo. */
  as: string;
  /** A public key that may log in as the deploying user; null: its keys stay as they are. */
  authorizedKey: string | null;
  /** Let the service listen where landfall.yaml says for this host, and nowhere else. */
  pinAddresses: boolean;
  /** Remove instead what Landfall has on the host for the service. */
  remove?: Setup['request']['remove'];
}

/** The setup of one host for a service: planned and done by the same request. */
export class HostSetup {
  private constructor(
    private readonly connections: HostConnections,
    private readonly administrator: HostTarget,
    private readonly request: Omit<Setup['request'], 'bytes' | 'apply'>,
    private readonly source: Buffer,
    readonly deployUser: string,
  ) {}

  /** @param source of the helper @throws as HostConnections.userOf */
  static async of(connections: HostConnections, wanted: SetupWanted, source: Buffer): Promise<HostSetup> {
    const { environment, host, as, authorizedKey, pinAddresses, remove } = wanted;
    const { service, settings } = environment;
    const deployUser = await connections.userOf(host);
    const allowed = policyOf({ service, settings }, deployUser);
    const policy = pinAddresses ? { ...allowed, addresses: [bindArgument(host.bind)] } : allowed;
    const now = Math.floor(Date.now() / 1000);
    const { bind: address, domain = null } = host;
    const request = {
      policy,
      authorizedKey,
      python: askedPython(settings),
      address,
      now,
      domain,
      ...(remove && { remove }),
      takesBack: true,
    };
    return new HostSetup(connections, { ...host, user: as }, request, source, deployUser);
  }

  /** The actions, and which of them are done already. Changes nothing. @throws as installHelper */
  async plan(): Promise<Setup['result']> {
    const command = await this.missingPython();
    return command === null ? this.ask(false) : beforePython(command);
  }

  /** Does them. Safe to repeat. @throws as installHelper and installPython */
  async apply(): Promise<Setup['result']> {
    await this.bringPython();
    return this.ask(true);
  }

  /** Whether a plan can only have the action that installs Python. */
  async lacksPython(): Promise<boolean> {
    return (await this.missingPython()) !== null;
  }

  /** Does nothing where Python is there. @throws as installPython */
  async bringPython(): Promise<void> {
    const command = await this.missingPython();
    if (command === null) return;
    const connection = await this.connections.to(this.administrator);
    await installPython(connection, command, asRoot(connection.login));
  }

  /** A removal needs Python too, and brings nothing. */
  private async missingPython(): Promise<string | null> {
    return this.request.remove === undefined
      ? pythonInstall(await this.connections.to(this.administrator))
      : null;
  }

  private ask(apply: boolean): Promise<Setup['result']> {
    return installHelper(this.connections, this.administrator, { ...this.request, apply }, this.source);
  }
}

function beforePython(command: string): Setup['result'] {
  const what = `install Python, in which setup itself runs: ${command.split(' </dev')[0]}`;
  const rest =
    'Without Python the other actions cannot be listed: users, folders, the helper, and the rule for sudo.';
  return { actions: [{ what, done: false, changed: false }], changed: false, warnings: [rest] };
}
