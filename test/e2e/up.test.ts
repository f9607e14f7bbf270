import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { fingerprintOf } from '../../src/ssh/known-hosts';
import { acmeAuthority } from '../harness/acme-authority';
import { answerAt } from '../harness/answer';
import { ensureTemporal } from '../harness/engine/build-temporal';
import { exampleApp } from '../harness/example-app';
import { startHost, type TestHost } from '../harness/hosts';
import { installPacked } from '../harness/installed';
import { Repository } from '../harness/repository';
import { type Ran, type RunOptions, runCommand } from '../harness/run-command';
import { Running } from '../harness/running';
import { importsAfter, MARKERS, shop } from '../harness/shop';
import { CTRL_C, onTerminal, type Typed } from '../harness/terminal';

const TYPED = 'typed-and-not-shown';
const NEEDS_TOKEN = 'TOKEN = os.environ["API_TOKEN"]';
const DOMAIN = 'shop.example.test';
const QUESTION = 'Do all of this now';

describe('from an empty Debian to a service that serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-up-'));
  const repository = new Repository();
  const home = join(folder, 'home');
  const knownHosts = join(home, 'known_hosts');
  let host: TestHost;
  let client: string;
  let env: NodeJS.ProcessEnv;
  let seconds = 0;
  before(async () => {
    // Only root can log in: the deploying user does not exist.
    host = await startHost();
    await host.root('userdel --remove deploy');
    const { PATH } = process.env;
    env = {
      PATH,
      HOME: home,
      LANDFALL_STATE: join(home, 'state'),
      LANDFALL_SSH_KEY: host.keyFile,
      LANDFALL_KNOWN_HOSTS: knownHosts,
      LANDFALL_ALLOW_URLS: host.address,
      LANDFALL_TEMPORAL: await ensureTemporal(() => undefined),
    };
    seconds += await timed(async () => {
      client = await installPacked(folder);
    });
  });
  after(async () => {
    await host?.stop();
    repository.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (): RunOptions => ({ env, cwd: repository.directory });
  const landfall = (...words: string[]): Promise<Ran> =>
    runCommand(process.execPath, [client, ...words], options());
  const typing = (typed: Typed[], ...words: string[]): Promise<Ran> =>
    onTerminal([process.execPath, client, ...words], typed, {
      ...options(),
      signal: AbortSignal.timeout(120_000),
    });
  const fingerprint = (): string => {
    const [, , key = ''] = readFileSync(host.knownHostsFile, 'utf8').split(' ');
    return fingerprintOf(Buffer.from(key, 'base64'));
  };
  const live = async (): Promise<unknown> => {
    const { body } = await answerAt(`http://${host.address}:8000/health/ready`);
    return JSON.parse(body);
  };
  const assertUntouched = async (): Promise<void> => {
    const seen = await host.root(
      'ls -d /etc/landfall /srv/shop /usr/local/lib/landfall; getent passwd deploy shop',
    );
    assert.equal(seen.stdout, '');
  };

  it('changes nothing before a person has verified the host key and said yes', async () => {
    repository.commit('Begin', { ...exampleApp('1.0.0'), 'landfall.yaml': null });
    seconds += await timed(async () => {
      const init = await landfall(
        'init',
        '--yes',
        '--host',
        host.address,
        '--service',
        'shop',
        '--ci',
        'none',
        '--no-plan',
        '--repository',
        'git@github.com:acme/shop.git',
      );
      assert.equal(init.code, 0, init.output);
    });
    const file = join(repository.directory, 'landfall.yaml');
    // All test hosts share the loopback of one machine, and have an authority of their own. A real host needs neither.
    const { address } = host;
    const domain = {
      name: DOMAIN,
      listen: address,
      acme: { directory: `https://${address}:14000/dir`, ca: '/etc/acme/ca.pem' },
    };
    const environments = { production: { hosts: [address], bind: `${address}:8000`, domain } };
    writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), environments }));
    await host.root(acmeAuthority(address, DOMAIN));

    const alone = await landfall('up', `root@${host.address}`);
    assert.equal(alone.code, 1);
    assert.match(alone.output, /no terminal to ask on: use --yes/);
    const unknown = await landfall('up', `root@${host.address}`, '--yes');
    assert.equal(unknown.code, 1);
    assert.ok(unknown.output.includes(`add: --host-key ${fingerprint()}`), unknown.output);
    const other = await landfall('up', `root@${host.address}`, '--yes', '--host-key', 'SHA256:another');
    assert.equal(other.code, 1);
    assert.ok(!existsSync(knownHosts));

    const no = await typing(
      [
        { after: 'Is it the same', keys: 'y\n' },
        { after: QUESTION, keys: 'n\n' },
      ],
      'up',
      `root@${host.address}`,
    );
    assert.equal(no.code, 1, no.output);
    assert.match(no.output, /Nothing was changed\./);
    assert.match(readFileSync(knownHosts, 'utf8'), new RegExp(`^${host.address} ssh-ed25519 `));
    const stopped = await typing([{ after: QUESTION, keys: CTRL_C }], 'up', `root@${host.address}`);
    assert.equal(stopped.code, 1, stopped.output);
    assert.match(stopped.output, /Stopped\. Nothing was changed\./);
    await host.root('useradd --create-home clerk && cp -a /root/.ssh ~clerk/ && chown -R clerk: ~clerk/.ssh');
    const rows: [string, RegExp][] = [
      ['stranger', /accepts none .*\n.*Log in as an administrator whose key you have: landfall up USER@/],
      ['clerk', /clerk cannot set .* up: .*\n.*Setup needs sudo without a password/],
    ];
    for (const [user, expected] of rows) {
      const refused = await landfall('up', `${user}@${host.address}`, '--yes');
      assert.equal(refused.code, 1);
      assert.match(refused.output, expected);
    }
    await assertUntouched();
  });

  it('sets the host up, sets the variables and deploys with one command, and no value is shown', async (t) => {
    const variables = join(home, 'shop.env');
    writeFileSync(variables, `DATABASE_URL=${host.databaseUrl}\n`);
    let ran: Ran = { code: null, output: '' };
    seconds += await timed(async () => {
      ran = await landfall('up', `root@${host.address}`, '--yes', '--variables', variables);
    });
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /deploy logs in with the key of this login as root/);
    assert.match(ran.output, /DEPLOYED/);
    assert.match(ran.output, /✓ .*: https:\/\/shop\.example\.test answers 200, certificate of Pebble/);
    assert.deepEqual(await live(), { status: 'ok', version: '1.0.0' });
    assert.ok(!ran.output.includes(host.databaseUrl));
    const database = readFileSync(join(home, 'state', 'temporal.db'));
    assert.ok(!database.includes(host.databaseUrl), 'the history has the value');
    t.diagnostic(`install, init, up: 3 commands, ${seconds.toFixed(1)} s`);

    const again = await landfall('up', '--yes', '--variables', variables);
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /is live and ready in production\. Nothing is left to do\./);
    assert.ok(!again.output.includes('DEPLOYED'));
  });

  it('asks for a variable that the next commit needs, and does not show the answer', async () => {
    repository.commit('Take a token', shop('2.0.0', NEEDS_TOKEN));
    const ran = await typing(
      [
        { after: QUESTION, keys: 'y\n' },
        { after: 'API_TOKEN: $', keys: `${TYPED}\n` },
      ],
      'up',
    );
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /API_TOKEN: read without a default; asked for after your yes/);
    assert.match(ran.output, /API_TOKEN added/);
    assert.ok(!ran.output.includes(TYPED));
    assert.deepEqual(await live(), { status: 'ok', version: '2.0.0' });
  });

  it('undoes a deploy that is interrupted, because its engine ends with the command', async () => {
    await host.root(`touch ${MARKERS}/slow`);
    repository.commit('Import slowly', shop('3.0.0', NEEDS_TOKEN, importsAfter('slow')));
    const up = new Running(
      process.execPath,
      [client, 'up', '--yes', '--config', join(repository.directory, 'landfall.yaml')],
      env,
    );
    await up.says(/unit of 3-/);
    up.kill('SIGINT');
    const { code, output } = await up.ended;
    assert.equal(code, 5, output);
    assert.match(output, /Stopping: the deploy undoes its changes/);
    assert.deepEqual(await live(), { status: 'ok', version: '2.0.0' });
  });
});

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}
