import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { shop } from '../harness/shop';
import { Team } from '../harness/team';

describe('a controller on a machine that serves too', () => {
  let team: Team;
  let publicKey = '';
  before(async () => {
    team = await Team.start();
  });
  after(() => team?.stop());

  it('is refused in one sentence where it cannot be, and changes nothing', async () => {
    const noSudo = await team.landfall('controller', 'install', `deploy@${team.web.address}`, '--yes');
    assert.equal(noSudo.code, 1, noSudo.output);
    assert.match(noSudo.output, /cannot run a script as root: sudo: /);
    assert.match(noSudo.output, /Log in as root \(root@/);
    const nowhere = await team.landfall('controller', 'status', 'root@127.0.1.254:1');
    assert.equal(nowhere.code, 1, nowhere.output);
    assert.match(nowhere.output, /ssh does not reach root@127\.0\.1\.254: .*refused/);
    const absent = await team.controller('status');
    assert.match(absent.output, /There is no controller on .* Install one: landfall controller install/);
    const unasked = await team.install();
    assert.match(unasked.output, /\+ user landfall, .*\+ services landfall-engine/s);
    assert.match(unasked.output, /There is no terminal to ask on: use --yes/);
    const found = await team.ops.root('ls -d /opt/landfall-controller /etc/landfall-controller; id landfall');
    assert.match(found.stderr, /no such user/i);
    assert.equal(found.stdout, '');
  });

  it('is installed by one command, which does nothing when repeated', async () => {
    const ran = await team.install('--yes');
    assert.equal(ran.code, 0, ran.output);
    publicKey = /^ssh-ed25519 \S+ \S+$/m.exec(ran.output)?.[0] ?? '';
    assert.notEqual(publicKey, '', ran.output);
    const again = await team.install('--yes');
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /Everything is in place already/);
    const status = await team.controller('status');
    assert.equal(status.code, 0, status.output);
    assert.match(status.output, /engine +runs since .* MB\n +worker +runs since .* MB\n/);
    assert.match(status.output, /runs +none open/);
  });

  it('deploys to another host and to its own machine, through ssh -L', async () => {
    await team.setUp(publicKey);
    await team.openTunnel();
    const commit = await team.commit('first', shop('1.0.0'));
    const ran = await team.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
  });
});
