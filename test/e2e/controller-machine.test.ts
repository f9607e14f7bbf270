import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ActionStep } from '../harness/action-step';
import { importsAfter, MARKERS, shop, shopWith } from '../harness/shop';
import { Team } from '../harness/team';
import { until } from '../harness/until';

/** The hosts of the tests share the machine's network, so no rule may take effect. */
const NFT = `#!/bin/sh
[ "$1" != -f ] || exec cat >/run/nft-rules
[ -e /run/nft-rules ]
`;

/** The programs of a runner that run.sh needs. */
const RUNNER = ['sh', 'ssh', 'cat', 'date', 'grep', 'mktemp', 'rm', 'sleep', 'tr'];

const COMMANDS = ['deploy', 'status', 'doctor', 'rollback', 'restart', 'cancel', 'decide'];

describe('a controller on a machine that serves too', () => {
  let team: Team;
  let publicKey = '';
  let held = '';
  let key = '';
  const began = performance.now();
  const runner = new ActionStep();
  const backup = () => join(team.folder, 'ops.tar.gz');
  before(async () => {
    team = await Team.start();
    await team.ops.root(`cat > /usr/local/sbin/nft <<'E'\n${NFT}E\nchmod 755 /usr/local/sbin/nft`);
  });
  after(async () => {
    runner.remove();
    await team?.stop();
  });

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
    assert.doesNotMatch(status.output, / {2}[!✗] /);
    const { stdout: rules } = await team.ops.root('cat /run/nft-rules');
    const { stdout: uid } = await team.ops.root('id -u landfall');
    const port = `0x${team.port.toString(16).toUpperCase().padStart(4, '0')}`;
    assert.match(rules, new RegExp(`127\\.0\\.0\\.1 tcp dport \\{ [^}]*${port}[^}]*\\}`));
    assert.match(rules, new RegExp(`meta skuid != \\{ 0, ${uid.trim()} \\} reject`));
  });

  it('deploys to another host and to its own machine, for a runner that has sh, ssh and a key', async (t) => {
    await team.setUp(publicKey);
    key = await team.addKey('github-shop', ...COMMANDS);
    runner.only(...RUNNER);
    const ran = await runner.run(team.inputs(key, await team.commit('first', shop('1.0.0'))));
    assert.equal(ran.code, 0, ran.output);
    assert.equal(ran.outputs.outcome, 'deployed');
    const minutes = (performance.now() - began) / 60_000;
    t.diagnostic(`from two machines to a deploy by CI: 5 commands, ${minutes.toFixed(1)} minutes`);
  });

  it('saves its state while a deploy runs, and loses none of it with its runner and its power', async () => {
    for (const host of [team.ops, team.web]) await host.root(`touch ${MARKERS}/held`);
    held = await team.commit('held', shopWith(importsAfter('held')));
    const deploying = runner.begin(team.inputs(key, held));
    await deploying.says(/dependencies/);
    deploying.killGroup('SIGKILL');
    await deploying.ended;
    // A command whose reader has gone ends by itself.
    await until(async () => (await team.ops.root('pgrep -u landfall -f "landfall.* door "')).code === 1);
    const open = await team.controller('status');
    assert.match(open.output, /runs +open: deploy\/shop\/production\n/);
    const early = await Promise.all([
      team.controller('upgrade', '--rollback', '--yes'),
      team.controller('uninstall', '--yes'),
    ]);
    assert.match(early[0].output, /has no version before/);
    assert.match(early[1].output, /These runs are open .*: deploy\/shop\/production/);
    const saved = await team.controller('backup', backup());
    assert.equal(saved.code, 0, saved.output);
    assert.equal(statSync(backup()).mode & 0o777, 0o600);

    await team.ops.powerLoss();
    for (const host of [team.ops, team.web]) await host.root(`rm ${MARKERS}/held`);
    const followed = await runner.run(team.inputs(key, held), { LANDFALL_ATTEMPTS: '20' });
    assert.equal(followed.code, 0, followed.output);
    assert.match(followed.output, /already runs .*: following it|has deployed this already/);
    assert.deepEqual([followed.outputs.outcome, followed.outputs.commit], ['deployed', held]);
    assert.match(followed.summary, /github-shop/);
  });

  it('opens for a key only what its list has', async () => {
    const refused: [command: string, args: string[], code: number, says: RegExp][] = [
      ['', [], 1, /this key opens no shell/],
      ['deploy other production main', [], 1, /may not do anything with other/],
      ['deploy shop staging main', [], 1, /may not do anything in staging/],
      ['deploy shop production main --supersede', [], 1, /may not deploy with --supersede/],
      ['deploy shop production main;id', [], 1, /a character other than/],
      ['engine', [], 1, /may not reach the engine/],
      ['', ['-W', `127.0.0.1:${team.port}`], 255, /administratively prohibited|open failed/],
      ['sftp', ['-s'], 1, /^$/],
    ];
    for (const [command, args, code, says] of refused) {
      const ran = await team.ask(key, command, args);
      assert.equal(ran.code, code, `${command}: ${ran.output}`);
      assert.match(ran.output, says, command);
    }
  });

  it('restarts, rolls back, examines and cancels for a key that may', async () => {
    const examined = await team.ask(key, 'doctor shop production');
    assert.equal(examined.code, 0, examined.output);
    const back = await team.ask(key, 'rollback shop production');
    assert.equal(back.code, 0, back.output);
    assert.match((await team.ask(key, 'status shop production')).output, /by github-shop \(key\)/);
    const restarted = await team.ask(key, 'restart shop production');
    assert.equal(restarted.code, 0, restarted.output);

    for (const host of [team.ops, team.web]) await host.root(`touch ${MARKERS}/cancelled`);
    const waits = await team.commit('cancelled', shopWith(importsAfter('cancelled')));
    const deploying = runner.begin(team.inputs(key, waits));
    await deploying.says(/dependencies/);
    const undecided = await team.ask(key, 'decide shop production accept');
    assert.equal(undecided.code, 1, undecided.output);
    assert.match(undecided.output, /is not waiting for a decision/);
    const cancelled = await team.ask(key, 'cancel shop production');
    assert.equal(cancelled.code, 0, cancelled.output);
    assert.equal((await deploying.ended).code, 5);
  });

  it('upgrades, and goes back to the version before when told or when the new one does not start', async () => {
    const current = async () => (await team.ops.root('readlink /opt/landfall-controller/current')).stdout;
    const before = await current();
    const unusable = await team.controller('upgrade', '--node', '/bin/false', '--yes');
    assert.equal(unusable.code, 1, unusable.output);
    assert.match(unusable.output, /A program of this machine does not run on .*: node: /);
    // This program answers --version, and is not Node.
    const broken = await team.controller('upgrade', '--node', '/bin/true', '--yes');
    assert.equal(broken.code, 1, broken.output);
    assert.match(broken.output, /The services do not start .* The version before runs again: /);
    const now = await team.controller('status');
    assert.equal(now.code, 0, now.output);
    assert.equal(await current(), before);

    const node = join(team.folder, 'node');
    copyFileSync(process.execPath, node);
    appendFileSync(node, 'another version');
    const upgraded = await team.controller('upgrade', '--node', node, '--yes');
    assert.equal(upgraded.code, 0, upgraded.output);
    assert.notEqual(await current(), before);
    const back = await team.controller('upgrade', '--rollback', '--yes');
    assert.equal(back.code, 0, back.output);
    assert.equal(await current(), before);
    const { stdout: versions } = await team.ops.root('ls -A /opt/landfall-controller/versions | wc -l');
    assert.equal(versions.trim(), '2');
    const sameFile = await team.ops.root('stat -c %i /opt/landfall-controller/versions/*/temporal | sort -u');
    assert.match(sameFile.stdout, /^\d+\n$/, 'the same program was not sent again');
  });

  it('is removed without a trace, and continues from its backup', async () => {
    const removed = await team.controller('uninstall', '--yes');
    assert.equal(removed.code, 0, removed.output);
    const left = await team.ops.root(
      'find / -xdev -name "*landfall-controller*" -not -path "/proc/*"; find /etc/systemd /usr/local/bin -name "landfall*"; getent passwd landfall',
    );
    assert.equal(left.stdout, '');
    const installed = await team.install('--yes');
    assert.equal(installed.code, 0, installed.output);
    assert.doesNotMatch(installed.output, new RegExp(publicKey.split(' ')[1] ?? '-'));

    const folder = await team.controller('restore', team.folder, '--yes');
    assert.match(folder.output, /is not a file that can be read/);
    writeFileSync(`${backup()}.cut`, readFileSync(backup()).subarray(0, 20_000));
    const cut = await team.controller('restore', `${backup()}.cut`, '--yes');
    assert.match(cut.output, /is not a complete backup of a controller\. Nothing was changed/);
    const restored = await team.controller('restore', backup(), '--yes');
    assert.equal(restored.code, 0, restored.output);
    await team.openTunnel();
    await until(async () => /runs +none open/.test((await team.controller('status')).output));
    // The run of the backup has ended on its hosts meanwhile.
    const late = await team.status();
    assert.match(late.output, /changed nothing that serves.*Fenced on /s);
    // Its key reaches the repository and the hosts.
    const planned = await team.configured('plan', '--ref', await team.commit('next', shop('3.0.0')));
    assert.equal(planned.code, 0, planned.output);
  });
});
