import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ServiceSettings } from '../../src/config/deploy-input';
import type { Ran } from '../../test/harness/run-command';
import type { Lab } from '../lab';
import { type Contender, type DeployOptions, SERVICE } from './contender';

/** Landfall's own watch over a release in service; without it, none. */
const SOAK = { soak: { time: '10s', interval: '1s' } };
const NO_SOAK = { soak: false };

/** Landfall: one service for each strategy, both deployed by the same worker. */
export class Landfall implements Contender {
  readonly name;
  readonly title;

  constructor(
    private readonly lab: Lab,
    private readonly strategy: ServiceSettings['strategy'],
    readonly port: number,
  ) {
    this.name = `landfall-${strategy}` as const;
    this.title = `Landfall, ${strategy}`;
  }

  async setUp(): Promise<void> {
    this.configure({ soak: false });
    const { code, output } = await this.landfall('setup', this.lab.host.name, '--yes');
    if (code !== 0) throw new Error(`landfall setup failed:\n${output}`);
    await this.lab.writeSecrets(this.secrets);
  }

  /** The worker keeps its connection. */
  async warmUp(): Promise<void> {}

  deploy(commit: string, { soak, fixForward }: DeployOptions): Promise<Ran> {
    this.configure({ soak });
    return this.landfall('deploy', this.name, '--ref', commit, ...(fixForward ? ['--fix-forward'] : []));
  }

  private landfall(...args: string[]): Promise<Ran> {
    return this.lab.landfall([...args, '--env', 'bench', '--config', this.configFile]);
  }

  private get configFile(): string {
    return join(this.lab.folder, `${this.name}.yaml`);
  }

  private get secrets(): string {
    return `/etc/${this.name}/env`;
  }

  private configure({ soak }: { soak: boolean }): void {
    const { name, address, port, user } = this.lab.host;
    const readyWithin = `${SERVICE.readyWithinSeconds}s`;
    const config = {
      service: this.name,
      repository: this.lab.repository.directory,
      strategy: this.strategy,
      envFiles: [this.secrets],
      bind: `${address}:${this.port}`,
      gunicorn: { workers: SERVICE.workers, gracefulTimeout: `${SERVICE.gracefulTimeoutSeconds}s` },
      rehearse: { timeout: readyWithin },
      readiness: { timeout: readyWithin },
      ...(soak ? SOAK : NO_SOAK),
      environments: { bench: { hosts: [{ name, address, port, user }] } },
    };
    writeFileSync(this.configFile, stringify(config));
  }
}
