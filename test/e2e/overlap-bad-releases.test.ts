import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { LoadReport } from '../../bench/load';
import {
  crashesAtStartUp,
  exitsUnderGunicorn,
  goodApp,
  hangsWhenAsked,
  hasNoDatabase,
  importsWhatIsMissing,
} from '../harness/bad-apps';
import { expectNoSecret, expectTidy, liveRelease } from '../harness/invariants';
import type { Ran } from '../harness/run-command';
import { until } from '../harness/until';
import { usersMeanwhile } from '../harness/users';
import { World } from '../harness/world';

describe('bad releases alongside a live one, on a real host', () => {
  let world: World;
  let live: string | null;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    const first = await world.deploy(world.repository.commit('good', goodApp('good')));
    assert.equal(first.code, 0, first.output);
    live = await liveRelease(world);
  });
  after(() => world?.stop());

  /** Deploys it under load: no request may fail, and none may reach it. */
  async function refused(files: Record<string, string>): Promise<{ ran: Ran; users: LoadReport }> {
    const commit = world.repository.commit('bad', files);
    const { result: ran, users } = await usersMeanwhile(world.host, () => world.deploy(commit));
    assert.deepEqual(users.failures, {}, ran.output);
    assert.deepEqual(Object.keys(users.versions), ['good'], 'only the old release was met');
    await expectTidy(world, { live });
    await expectNoSecret(world, ran.output);
    return { ran, users };
  }

  const cases: [string, () => Record<string, string>, RegExp][] = [
    [
      'cannot be imported',
      () => importsWhatIsMissing('bad'),
      /did not become ready on host-\d+: Neither the environment nor the release has a module no_such_module\./,
    ],
    [
      'never ready: its database is unreachable',
      () => hasNoDatabase('bad', 'only live'),
      /not ready within 10 s \(readiness\.timeout\): \/health\/ready answered 503/,
    ],
    [
      'never answers when asked',
      () => hangsWhenAsked('bad', 'only live'),
      /not ready within 10 s \(readiness\.timeout\): \/health\/ready/,
    ],
    [
      'crashes in its lifespan',
      () => crashesAtStartUp('bad', 'only live'),
      /start-up of the application \(lifespan\)/,
    ],
    [
      'kills its workers as they start',
      () => exitsUnderGunicorn('bad', 'only live', 'import os\n    os.kill(os.getpid(), 9)'),
      /worker|ended/,
    ],
  ];
  for (const [name, files, expected] of cases) {
    it(`${name}: rejected, and no user noticed`, async () => {
      const { ran } = await refused(files());
      assert.equal(ran.code, 2, ran.output);
      assert.match(ran.output, expected);
      assert.match(ran.output, /REJECTED/);
      assert.match(ran.output, /Journal of that start/);
      assert.match(ran.output, /✗ host-\d+: start \d+-\w+ alongside/);
    });
  }

  it('runs out of memory as it starts: refused, and the live one keeps its own', async () => {
    const folder = '/etc/systemd/system/shop@.service.d';
    await world.host.root(
      `mkdir -p ${folder}; printf '[Service]\\nMemoryMax=150M\\nMemorySwapMax=0\\n' > ${folder}/memory.conf; systemctl daemon-reload`,
    );
    const { ran } = await refused(exitsUnderGunicorn('bad', 'only live', 'hoard = bytearray(400 << 20)'));
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, /✗ host-\d+: start \d+-\w+ alongside/);
    await world.host.root(`rm -r ${folder}; systemctl daemon-reload`);
  });

  it('ends its main process: noticed at once, and no limit is waited out', async () => {
    const { ran } = await refused(
      exitsUnderGunicorn('bad', 'only live', 'import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)'),
    );
    assert.equal(ran.code, 2, ran.output);
    // After a start's limit the release would only be NotReady.
    assert.match(ran.output, /✗ host-\d+: start .*CrashLoop: .* ended by signal 9/);
  });

  it('is ready by its own account, but not through the proxy: back on the old release', async () => {
    const proxy = await proxyThatFails();
    const { port } = proxy.address() as AddressInfo;
    try {
      world.configure({
        readiness: { timeout: '10s', requestTimeout: '2s', url: `http://127.0.0.1:${port}/health/ready` },
      });
      const commit = world.repository.commit('unreachable', goodApp('unreachable'));
      const { result: ran, users } = await usersMeanwhile(world.host, () => world.deploy(commit));
      assert.equal(ran.code, 3, ran.output);
      assert.match(
        ran.output,
        /not from outside for \S+ s \(readiness\.tolerance\): \/health\/ready: status 502/,
        ran.output,
      );
      assert.deepEqual(users.failures, {}, ran.output);
      // The release is probed with its kept settings: without that proxy.
      await expectTidy(world, { live });
    } finally {
      proxy.close();
      world.configure({});
    }
  });

  it('names another release in its answer: that is not taken for the new one', async () => {
    world.configure({ readiness: { timeout: '10s', requestTimeout: '2s', release: { field: 'version' } } });
    const commit = world.repository.commit('misnamed', goodApp('not-a-release'));
    const ran = await world.deploy(commit);
    world.configure({});
    assert.equal(ran.code, 3, ran.output);
    assert.match(ran.output, /its field version does not name \d+-/);
    await expectTidy(world, { live });
  });

  it('a commit in its answer is taken for the right one', async () => {
    world.configure({ readiness: { timeout: '10s', requestTimeout: '2s', release: { field: 'version' } } });
    const files = goodApp('by-commit');
    files['main.py'] = files['main.py'].replace(
      'VERSION = "by-commit"',
      'VERSION = os.environ.get("LANDFALL_COMMIT", "")',
    );
    const ran = await world.deploy(world.repository.commit('named', files));
    world.configure({});
    assert.equal(ran.code, 0, ran.output);
    live = await liveRelease(world);
  });

  it('ends again and again although it was started by hand: the socket stays open for the live one', async () => {
    const [name] = (
      await world.host.root("ls /etc/systemd/system | grep '^shop@.*[.]service$'")
    ).stdout.split('\n');
    const other = (name ?? '').replace(/@.*\.service/, '@900-abcdef0.service');
    await world.host.root(
      `sed 's|^ExecStart=.*|ExecStart=/bin/false|; s|^RestartSec=.*|RestartSec=10ms|' /etc/systemd/system/${name} > /etc/systemd/system/${other}
       systemctl daemon-reload; systemctl start --no-block ${other}`,
    );
    const restarts = async () =>
      Number((await world.host.root(`systemctl show ${other} -p NRestarts --value`)).stdout);
    await until(async () => {
      assert.equal((await world.ask('/')).status, 200);
      return (await restarts()) >= 30;
    });
    assert.equal((await world.host.root('systemctl is-active shop.socket')).stdout.trim(), 'active');
    // The next deploy ends processes next to the live release that are not a release.
    const ran = await world.deploy(world.repository.commit('after', goodApp('after')));
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /release 900-abcdef0 runs alongside the live one/);
    live = await liveRelease(world);
    await expectTidy(world, { live });
  });
});

/** A faulty proxy between users and the service. */
async function proxyThatFails(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.statusCode = 502;
    response.end('no such upstream');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
