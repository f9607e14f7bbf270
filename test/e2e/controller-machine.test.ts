import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { importsAfter, MARKERS, shop, shopWith } from '../harness/shop';
import { Team } from '../harness/team';
import { until } from '../harness/until';

/** The hosts of the tests share the machine's network, so no rule may take effect. */
const NFT = `#!/bin/sh
[ "$1" != -f ] || exec cat >/run/nft-rules
[ -e /run/nft-rules ]
`;

describe('a controller on a machine that serves too', () => {
  let team: Team;
  let publicKey = '';
  let held = '';
  const backup = () => join(team.folder, 'ops.tar.gz');
  before(async () => {
    team = await Team.start();
    await team.ops.root(`cat > /usr/local/sbin/nft <<'E'\n${NFT}E\nchmod 755 /usr/local/sbin/nft`);
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
    assert.doesNotMatch(status.output, / {2}[!✗] /);
    const { stdout: rules } = await team.ops.root('cat /run/nft-rules');
    const { stdout: uid } = await team.ops.root('id -u landfall');
    const port = `0x${team.port.toString(16).toUpperCase().padStart(4, '0')}`;
    assert.match(rules, new RegExp(`127\\.0\\.0\\.1 tcp dport \\{ [^}]*${port}[^}]*\\}`));
    assert.match(rules, new RegExp(`meta skuid != \\{ 0, ${uid.trim()} \\} reject`));
  });

  it('deploys to another host and to its own machine, through ssh -L', async () => {
    await team.setUp(publicKey);
    await team.openTunnel();
    const commit = await team.commit('first', shop('1.0.0'));
    const ran = await team.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
  });

  it('saves its state while a deploy runs, and loses none of it with its power', async () => {
    for (const host of [team.ops, team.web]) await host.root(`touch ${MARKERS}/held`);
    held = await team.commit('held', shopWith(importsAfter('held')));
    const deploying = team.beginDeploy(held);
    await deploying.says(/dependencies/);
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

    deploying.kill('SIGKILL');
    await team.ops.powerLoss();
    await deploying.ended;
    await team.openTunnel();
    for (const host of [team.ops, team.web]) await host.root(`rm ${MARKERS}/held`);
    const followed = await team.deploy(held);
    assert.equal(followed.code, 0, followed.output);
  });

  it('upgrades, and goes back to the version before when told or when the new one does not start', async () => {
    const before = await team.controller('status');
    const unusable = await team.controller('upgrade', '--node', '/bin/false', '--yes');
    assert.equal(unusable.code, 1, unusable.output);
    assert.match(unusable.output, /A program of this machine does not run on .*: node: /);
    // This program answers --version, and is not Node.
    const broken = await team.controller('upgrade', '--node', '/bin/true', '--yes');
    assert.equal(broken.code, 1, broken.output);
    assert.match(broken.output, /The services do not start .* The version before runs again: /);
    const versionOf = (text: string) => /version +([^\s;]+)/.exec(text)?.[1];
    const now = await team.controller('status');
    assert.equal(now.code, 0, now.output);
    assert.equal(versionOf(now.output), versionOf(before.output));

    const node = join(team.folder, 'node');
    copyFileSync(process.execPath, node);
    appendFileSync(node, 'another version');
    const upgraded = await team.controller('upgrade', '--node', node, '--yes');
    assert.equal(upgraded.code, 0, upgraded.output);
    const other = await team.controller('status');
    assert.equal(other.code, 0, other.output);
    assert.notEqual(versionOf(other.output), versionOf(before.output));
    const back = await team.controller('upgrade', '--rollback', '--yes');
    assert.equal(back.code, 0, back.output);
    assert.equal(versionOf((await team.controller('status')).output), versionOf(before.output));
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
    assert.match(late.output, /changed nothing that serves.*Fenced on .* comes too late/s);
    const next = await team.deploy(await team.commit('next', shop('3.0.0')));
    assert.equal(next.code, 0, next.output);
  });
});
