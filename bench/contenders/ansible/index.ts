import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import type { Ran } from '../../../test/harness/run-command';
import type { Lab } from '../../lab';
import { type Contender, SERVICE } from '../contender';

/** Debian's Ansible with the playbook deploy.yml. */
export class Ansible implements Contender {
  readonly name = 'ansible';
  readonly title = 'Ansible';

  constructor(
    private readonly lab: Lab,
    readonly port: number,
  ) {}

  async setUp(): Promise<void> {
    await this.lab.root('mkdir -p /srv/ansible/releases /srv/ansible/venvs');
  }

  async warmUp(): Promise<void> {
    await this.lab.openConnection();
  }

  deploy(commit: string): Promise<Ran> {
    const { folder, sshConfig, repository, host } = this.lab;
    const variables = {
      commit,
      repository: repository.directory,
      bind: `${host.address}:${this.port}`,
      scratch: folder,
      workers: SERVICE.workers,
      graceful_timeout: SERVICE.gracefulTimeoutSeconds,
      ready_within: SERVICE.readyWithinSeconds,
    };
    return this.lab.run(
      'ansible-playbook',
      ['--inventory', 'bench,', '--extra-vars', JSON.stringify(variables), 'deploy.yml'],
      {
        cwd: join(packageRoot(), 'bench', 'contenders', 'ansible'),
        env: {
          ANSIBLE_CONFIG: 'ansible.cfg',
          // The host's address, keys and the shared connection.
          ANSIBLE_SSH_ARGS: `-F ${sshConfig}`,
          ANSIBLE_SSH_CONTROL_PATH: join(folder, '%%C'),
          ANSIBLE_HOME: join(folder, 'ansible'),
          ANSIBLE_LOCAL_TEMP: join(folder, 'ansible', 'tmp'),
          LC_ALL: 'C.UTF-8',
        },
      },
    );
  }
}
