import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/package-root';
import { Docker } from '../harness/docker/docker';
import { type ContainerHost, startContainerHost } from '../harness/docker/host';
import { HOST_IMAGE, importDebian, makeHostImage, makeLocalImages } from '../harness/docker/local-images';
import { Stack } from '../harness/docker/stack';
import { Repository } from '../harness/repository';
import { type Ran, runCommand } from '../harness/run-command';
import { Running } from '../harness/running';
import { shop, unreadyWhile } from '../harness/shop';

const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');
const ONCE = ['temporal-namespace', 'temporal-schema'];
const CHECKED = ['postgresql', 'temporal'];
const SERVICES = [...CHECKED, ...ONCE, 'temporal-ui', 'worker'].sort();

describe('the stack of docker-compose.yml, from local images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-docker-test-'));
  const config = join(folder, 'landfall.yaml');
  const repository = new Repository();
  let docker: Docker;
  let stack: Stack;
  let host: ContainerHost;
  const say = (line: string) => console.error(line);
  /** A client on this machine. It has no key: those are the worker's. */
  const environment = () => ({ PATH: process.env.PATH, HOME: folder, TEMPORAL_ADDRESS: stack.address });
  const usual = (args: string[]) => [CLIENT, ...args, '--env', 'production'];
  const landfall = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    runCommand(process.execPath, usual(args), { env: { ...environment(), ...more } });
  const deploy = (ref: string) => landfall(['deploy', 'shop', '--ref', ref, '--config', config]);
  /** A commit that the worker fetches over SSH from the host. */
  const commit = async (version: string, ...more: string[]): Promise<string> => {
    const sha = repository.commit(version, shop(version, ...more));
    await docker.run('cp', `${repository.directory}/.`, `${host.id}:/home/deploy/shop.git`);
    await host.root('chown -R deploy:deploy /home/deploy/shop.git');
    return sha;
  };
  const answer = async () => (await host.root('curl --silent http://127.0.0.1:8000/')).stdout;

  before(async () => {
    docker = await Docker.start();
    await makeLocalImages(docker, say);
    await makeHostImage(docker, await importDebian(docker, say));
    stack = await Stack.prepare(docker);
    await stack.up();
    host = await startContainerHost({
      docker,
      image: HOST_IMAGE,
      network: stack.network,
      name: 'web1',
      folder,
    });
    stack.trust(readFileSync(host.knownHostsFile, 'utf8'));
    const { name, address, port, user } = host;
    const settings = {
      service: 'shop',
      repository: `ssh://deploy@${address}/home/deploy/shop.git`,
      gunicorn: { workers: 1 },
      readiness: { timeout: '8s' },
      soak: { time: '1s', interval: '500ms' },
      environments: { production: { hosts: [{ name, address, port, user }] } },
    };
    writeFileSync(config, stringify(settings));
    const access = { LANDFALL_SSH_KEY: host.keyFile, LANDFALL_KNOWN_HOSTS: host.knownHostsFile };
    const setUp = await landfall(['setup', 'web1', '--yes', '--config', config], access);
    assert.equal(setUp.code, 0, setUp.output);
  });
  after(async () => {
    await host?.stop();
    await stack?.remove();
    await docker?.stop();
    repository.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts every service, and each server is healthy', async () => {
    const containers = await stack.containers();
    assert.deepEqual([...containers.keys()].sort(), SERVICES);
    for (const [service, { State }] of containers) {
      assert.equal(State.Status, ONCE.includes(service) ? 'exited' : 'running', service);
      assert.equal(State.ExitCode, 0, service);
      if (CHECKED.includes(service)) assert.equal(State.Health?.Status, 'healthy', service);
    }
    const ui = await fetch(`${stack.uiUrl}/api/v1/settings`);
    const { DisableWriteActions } = (await ui.json()) as { DisableWriteActions: boolean };
    assert.equal(DisableWriteActions, true, 'the UI only shows');
  });

  it('publishes on loopback alone, shows no secret, and gives no container more than it needs', async () => {
    for (const [service, { Config, HostConfig }] of await stack.containers()) {
      const addresses = Object.values(HostConfig.PortBindings ?? {}).flatMap((all) =>
        all.map((one) => one.HostIp),
      );
      assert.ok(
        addresses.every((address) => address === '127.0.0.1'),
        service,
      );
      assert.ok(!JSON.stringify(Config).includes(stack.password), service);
      assert.equal(HostConfig.ReadonlyRootfs, true, service);
      assert.equal(HostConfig.Privileged, false, service);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], service);
      assert.equal((HostConfig.CapAdd ?? []).length > 0, service === 'postgresql', service);
      assert.ok(HostConfig.SecurityOpt?.includes('no-new-privileges:true'), service);
    }
    for (const service of ['postgresql', 'temporal', 'temporal-ui', 'worker'])
      assert.doesNotMatch(statusOf(await stack.pidOf(service)), /^Uid:\s+0\s/m, service);
  });

  it('deploys for a client that has no key, and rejects a release that is not ready', async () => {
    const good = await deploy(await commit('1'));
    assert.equal(good.code, 0, good.output);
    assert.match(await answer(), /"version":"1"/);
    await host.root('touch /srv/shop/shared/bad');
    const bad = await deploy(await commit('2', unreadyWhile('bad')));
    assert.equal(bad.code, 2, bad.output);
    assert.match(await answer(), /"version":"1"/);
  });

  it('restarts a killed worker, which continues the deploy', async () => {
    const sha = await commit('3');
    const args = usual(['deploy', 'shop', '--ref', sha, '--config', config]);
    const deploying = new Running(process.execPath, args, environment());
    await deploying.says(/✓ .*: claim/);
    process.kill(await stack.pidOf('worker'), 'SIGKILL');
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.match(await answer(), /"version":"3"/);
  });

  it('keeps deploys and tables when its containers are made again', async () => {
    // Not `down`: the host's container is in its network.
    const removed = await stack.compose('rm', '--stop', '--force');
    assert.equal(removed.code, 0, removed.stderr);
    assert.equal((await stack.containers()).size, 0);
    await stack.up();
    const status = await landfall(['status', 'shop']);
    assert.equal(status.code, 0, status.output);
    assert.match(status.output, /DEPLOYED/);
  });
});

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}
