import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { World } from '../harness/world';

const app = (words: string) => `import sys
def app(environ, start_response):
    start_response("200 OK", [])
    return [("${words} on " + sys.version.split(" ")[0]).encode()]
`;

const files = (words: string) => ({ 'requirements.txt': 'gunicorn\n', 'main.py': app(words) });

describe('Debian 13: systemd 257, Python 3.13', () => {
  let world: World;
  const common = { gunicorn: { workers: 1, workerClass: 'sync' }, requirements: undefined };
  before(async () => {
    world = await World.start({ debian: 13, strategy: 'restart', setUp: false });
  });
  after(() => world?.stop());

  it('is set up, and the setup names a foreign process and a foreign socket on the port', async () => {
    world.configure(common);
    const { host } = world;
    assert.match((await host.root('systemctl --version')).stdout, /^systemd 257/);
    const listen = `systemd-run -q --unit=squatter python3 -m http.server --bind ${host.address} 8000`;
    const wait = `until ss -Htln src ${host.address}:8000 | grep -q .; do sleep 0.05; done`;
    await host.root(`${listen}; ${wait}`);
    const plan = await world.landfall('setup', host.name);
    assert.match(plan.output, /! squatter\.service, python3 \(process \d+\), listens on 127\.0\.1\.\d+:8000/);
    const socket = `[Socket]\nListenStream=${host.address}:8000\n`;
    await host.root(
      `systemctl stop squatter; printf '${socket.replaceAll('\n', '\\n')}' >/run/systemd/system/other.socket; ` +
        'printf "[Service]\\nExecStart=/bin/true\\n" >/run/systemd/system/other.service; systemctl start other.socket',
    );
    const again = await world.landfall('setup', host.name);
    assert.match(again.output, /! other\.socket listens on 127\.0\.1\.\d+:8000, where shop is to listen/);
    await host.root('systemctl stop other.socket');
    await world.setUp();
    const done = await world.landfall('setup', host.name, '--yes');
    assert.doesNotMatch(done.output, / listens on |clock|MiB|\+ /);
    assert.equal(done.code, 0);
  });

  it('runs deploys with both strategies, and rolls back', async () => {
    const first = await world.deploy(world.repository.commit('one', files('one')));
    assert.equal(first.code, 0, first.output);
    assert.match((await world.ask('/')).body, /^one on 3\.13/);
    world.configure({ ...common, strategy: 'overlap' });
    const second = await world.deploy(world.repository.commit('two', files('two')));
    assert.equal(second.code, 0, second.output);
    assert.match((await world.ask('/')).body, /^two/);
    const bad = { ...files('three'), 'main.py': 'app = None\nraise RuntimeError("no shop today")\n' };
    const third = await world.deploy(world.repository.commit('three', bad));
    assert.equal(third.code, 2, third.output);
    assert.match(third.output, /no shop today/);
    const back = await world.landfall('rollback', 'shop');
    assert.equal(back.code, 0, back.output);
    assert.match((await world.ask('/')).body, /^one/);
    const set = await world.landfall('setup', world.host.name, '--yes');
    assert.doesNotMatch(set.output, / listens on /, 'its own release is not foreign');
    const doctor = await world.landfall('doctor', 'shop');
    assert.equal(doctor.code, 0, doctor.output);
  });
});
