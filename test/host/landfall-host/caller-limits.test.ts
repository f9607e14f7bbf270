import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Claim } from '../../../src/contract/contract-types';
import { SETUP_BOOTSTRAP } from '../../../src/host-agent/bootstrap';
import { archive, helperSource, policy, ServiceHost, stageRequest } from './service-host';

let shop: ServiceHost;
let claim: Claim;
before(async () => {
  shop = await ServiceHost.start();
  claim = (await shop.claimed('run-1'))(0);
});
after(() => shop.stop());

/** Python that runs a program with what a caller may leave to it. */
const caller = (prelude: string, argv: string[]) =>
  `python3 -c 'import os, resource, signal; ${prelude}; os.execv("${argv[0]}", ${JSON.stringify(argv)})'`;

/** Only for what it does now: it may be raised again. */
const limit = (name: string, value: number) =>
  `resource.setrlimit(resource.RLIMIT_${name}, (${value}, resource.getrlimit(resource.RLIMIT_${name})[1]))`;
const everySignal = '[each for each in signal.valid_signals() if each not in (9, 19, 32, 33)]';
const CALLERS = {
  'files of one byte': limit('FSIZE', 1),
  'few open files': limit('NOFILE', 16),
  'a second of CPU time': limit('CPU', 1),
  'no new processes': limit('NPROC', 1),
  'ignored signals': `[signal.signal(each, signal.SIG_IGN) for each in ${everySignal}]`,
  'blocked signals': `signal.pthread_sigmask(signal.SIG_BLOCK, ${everySignal})`,
};

for (const [what, prelude] of Object.entries(CALLERS)) {
  test(`a caller that leaves ${what} to the helper changes nothing`, async () => {
    const tar = archive({ 'main.py': 'x'.repeat(100_000), 'requirements.txt': '' });
    const fields = { ...stageRequest(claim, what, tar), protocol: PROTOCOL, verb: 'stage', service: 'shop' };
    const input = Buffer.concat([Buffer.from(`${JSON.stringify(fields)}\n`), tar]);
    // As root, because sudo itself corrects some limits; then through sudo.
    const staged = await shop.ssh('root', caller(prelude, [HELPER_PATH]), input);
    assert.match(staged.stdout, /"ok": true/, staged.stderr);
    const { release } = (JSON.parse(staged.stdout) as { result: { release: string } }).result;
    assert.equal(await shop.root(`stat -c %s /srv/shop/releases/${release}/main.py`), '100000');
    const discard = { protocol: PROTOCOL, verb: 'discard', service: 'shop', claim, release };
    const bySudo = caller(prelude, ['/usr/bin/sudo', '-n', HELPER_PATH]);
    const removed = await shop.ssh('deploy', bySudo, Buffer.from(`${JSON.stringify(discard)}\n`));
    assert.match(removed.stdout, /"removed": true/, removed.stderr);
  });

  test(`a caller that leaves ${what} to setup changes nothing`, async () => {
    const fields = { protocol: PROTOCOL, verb: 'setup', policy, apply: true, authorizedKey: null };
    const line = `${JSON.stringify({ ...fields, bytes: helperSource.length })}\n`;
    await shop.root(`rm ${HELPER_PATH} /etc/sudoers.d/landfall-deploy`);
    const ended = await shop.ssh(
      'root',
      `/usr/bin/python3 -I -c 'import os, resource, signal\n${prelude}\n${SETUP_BOOTSTRAP}'`,
      Buffer.concat([Buffer.from(line), helperSource]),
    );
    assert.match(ended.stdout, /"ok": true/, ended.stderr);
    assert.equal((await shop.ask('observe', { address: null })).ok, true);
  });
}

for (const name of ['FSIZE', 'CPU', 'NPROC', 'DATA']) {
  test(`a limit on ${name} that cannot be raised is refused before anything is done`, async () => {
    const tar = archive({ 'main.py': name });
    const fields = { ...stageRequest(claim, name, tar), protocol: PROTOCOL, verb: 'stage', service: 'shop' };
    const input = Buffer.concat([Buffer.from(`${JSON.stringify(fields)}\n`), tar]);
    const value = name === 'DATA' ? 1 << 29 : 1;
    // The caller first gives up the right to raise limits.
    const prelude = `import ctypes; ctypes.CDLL(None).prctl(24, 24, 0, 0, 0); resource.setrlimit(resource.RLIMIT_${name}, (${value}, ${value}))`;
    const before = await shop.root('find /srv/shop /var/lib/landfall | sort | md5sum');
    const { stdout } = await shop.ssh('root', caller(prelude, [HELPER_PATH]), input);
    assert.match(
      stdout,
      new RegExp(`RLIMIT_${name} is ${value} for whoever calls landfall-host .* Nothing was done`),
    );
    assert.equal(await shop.root('find /srv/shop /var/lib/landfall | sort | md5sum'), before);
  });
}
