import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import type { Ran } from '../../../test/harness/run-command';
import type { Lab } from '../../lab';
import { type Contender, type DeployOptions, SERVICE } from '../contender';

/** The same steps as a bare SSH script: deploy.sh. */
export class Script implements Contender {
  readonly name = 'script';
  readonly title = 'SSH script';

  constructor(
    private readonly lab: Lab,
    readonly port: number,
  ) {}

  async setUp(): Promise<void> {
    await this.lab.root('mkdir -p /srv/script/releases /srv/script/venvs');
  }

  async warmUp(): Promise<void> {
    await this.lab.openConnection();
  }

  deploy(commit: string, { fixForward }: DeployOptions): Promise<Ran> {
    const { sshConfig, repository, host } = this.lab;
    const program = join(packageRoot(), 'bench', 'contenders', 'script', 'deploy.sh');
    return this.lab.run(program, [sshConfig, repository.directory, commit, `${host.address}:${this.port}`], {
      env: {
        WORKERS: String(SERVICE.workers),
        GRACEFUL_TIMEOUT: String(SERVICE.gracefulTimeoutSeconds),
        READY_WITHIN: String(SERVICE.readyWithinSeconds),
        ...(fixForward ? { FIX_FORWARD: '1' } : {}),
      },
    });
  }
}
