/** The host of the demo: booted by systemd-nspawn, or in a container of Docker. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/temporal/free-port';
import { Docker } from '../test/harness/docker/docker';
import { startContainerHost } from '../test/harness/docker/host';
import { makeHostImage } from '../test/harness/docker/local-images';
import { startHost, type TestHost } from '../test/harness/hosts';

type Shared =
  | 'name'
  | 'address'
  | 'port'
  | 'user'
  | 'keyFile'
  | 'knownHostsFile'
  | 'databaseUrl'
  | 'root'
  | 'stop';

export interface DemoHost extends Pick<TestHost, Shared> {
  /** Where the service listens, as landfall.yaml says it. */
  bind: string;
  /** Where this machine reaches the service. */
  url: string;
}

type Say = (line: string) => void;

export async function bootHost(say: Say): Promise<DemoHost> {
  say('A test host: Debian with systemd, sshd and PostgreSQL; built once, then booted in a second.');
  const host = await startHost({ progress: say });
  return { ...host, bind: `${host.address}:8000`, url: `http://${host.address}:8000` };
}

const IMAGE = 'landfall-demo-host';

/** @param debian the image that the host's image begins with; null: debian:12 of the registry */
export async function startContainer(debian: string | null, say: Say): Promise<DemoHost> {
  const docker = Docker.ofMachine();
  say(`A host in Docker: Debian with systemd, sshd and PostgreSQL, as the image ${IMAGE}; built once.`);
  await makeHostImage(docker, debian, IMAGE);
  const folder = mkdtempSync(join(tmpdir(), 'landfall-demo-host-'));
  const network = `landfall-demo-${process.pid}`;
  await docker.run('network', 'create', network);
  const remove = async () => {
    await docker.try('network', 'rm', network);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const published = { ssh: await freePort(), app: await freePort() };
    const host = await startContainerHost({ docker, image: IMAGE, network, name: 'web1', folder, published });
    const stop = async () => {
      await host.stop();
      await remove();
    };
    return { ...host, stop, bind: '0.0.0.0:8000', url: `http://127.0.0.1:${published.app}` };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whether the machine's `docker` has a daemon that answers. */
export async function hasDocker(): Promise<boolean> {
  const asked = await Docker.ofMachine()
    .try('version')
    .catch(() => null);
  return asked?.code === 0;
}
