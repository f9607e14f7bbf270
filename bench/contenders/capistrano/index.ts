import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import type { Ran } from '../../../test/harness/run-command';
import type { Lab } from '../../lab';
import { type Contender, SERVICE } from '../contender';

const FOLDER = join(packageRoot(), 'bench', 'contenders', 'capistrano');

/** Debian's Capistrano with the tasks in config/deploy.rb. */
export class Capistrano implements Contender {
  readonly name = 'capistrano';
  readonly title = 'Capistrano';

  constructor(
    private readonly lab: Lab,
    readonly port: number,
  ) {}

  /** Capistrano leaves units to whoever sets the host up. */
  async setUp(): Promise<void> {
    const unit = readFileSync(join(FOLDER, 'capistrano.service'), 'utf8')
      .replace('@BIND@', this.bind)
      .replace('@WORKERS@', String(SERVICE.workers))
      .replace('@GRACEFUL_TIMEOUT@', String(SERVICE.gracefulTimeoutSeconds));
    await this.lab.root(
      'mkdir -p /srv/capistrano/venvs && cat > /etc/systemd/system/capistrano.service && systemctl daemon-reload && systemctl enable --quiet capistrano',
      unit,
    );
  }

  /** Capistrano opens its own connection each time. */
  async warmUp(): Promise<void> {}

  deploy(commit: string): Promise<Ran> {
    const { folder, sshConfig, repository } = this.lab;
    return this.lab.run('cap', ['production', 'deploy'], {
      cwd: FOLDER,
      env: {
        BENCH_SSH_CONFIG: sshConfig,
        BENCH_REPOSITORY: repository.directory,
        BENCH_COMMIT: commit,
        BENCH_BIND: this.bind,
        BENCH_READY_WITHIN: String(SERVICE.readyWithinSeconds),
        BENCH_LOG: join(folder, 'capistrano.log'),
        LC_ALL: 'C.UTF-8',
      },
    });
  }

  private get bind(): string {
    return `${this.lab.host.address}:${this.port}`;
  }
}
