import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../../src/contract/answers';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { ALONE, releaseWith, unitOf } from './small-server';

/** Test hosts share one loopback. */
const port = 8060;
let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  const claim = await shop.claimed('run-1');
  const release = await shop.staged(claim(0), 'one', releaseWith(ALONE));
  await shop.call('install-unit', { claim: claim(1), ...unitOf(release, address()) });
  await shop.call('restart', { claim: claim(2), release });
  await until(async () => (await shop.call('observe', { address: address() })).workers.length === 2);
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });

/** The helper's answer when a file or process vanishes in the middle of its look. */
async function lookedAtWhile<V extends 'observe' | 'inspect'>(verb: V, python: string): Promise<Answer<V>> {
  const program = `${python}\nimport runpy\nrunpy.run_path("${HELPER_PATH}", run_name="__main__")`;
  const more = verb === 'inspect' ? { python: 'python3' } : {};
  const ask = { protocol: PROTOCOL, verb, service: 'shop', address: address(), ...more };
  const input = Buffer.from(`${JSON.stringify(ask)}\n`);
  const ended = await shop.ssh('root', `/usr/bin/python3 -I -c '${program}'`, input);
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Answer<V>;
}

test('a control group that vanishes while it is read has no process', async () => {
  const group = await shop.root('systemctl show shop.service -p ControlGroup --value');
  await shop.root(
    `for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
       [ ! -e $root${group}/cgroup.procs ] || mkdir $root${group}/goes
     done`,
  );
  const answer = await lookedAtWhile(
    'inspect',
    `
import builtins, errno, os, sys
real, gone = builtins.open, "/run/landfall-gone"
def opening(path, *more, **named):
    file = real(path, *more, **named)
    if str(path).endswith("/goes/cgroup.procs"):
        os.rmdir(os.path.dirname(path))
        os.close(os.open(gone, os.O_CREAT))  # a process of its own may read it
        try:
            real(file.fileno(), closefd=False).read()
        except OSError as error:
            print(errno.errorcode[error.errno], file=sys.stderr)
    return file
builtins.open = opening
import atexit
atexit.register(lambda: os.path.exists(gone) or os._exit(9))
`,
  );
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(answer.result.live.listener, 'unit');
  assert.ok((answer.result.liveMemoryBytes ?? 0) > 0);
});

test('a connection that ends while a process is looked at hides none of its listeners', async () => {
  const answer = await lookedAtWhile(
    'observe',
    `
import os
real, closed = os.readlink, set()
def reading(path, *more, **named):
    parts = str(path).split("/")
    if parts[1:2] == ["proc"] and parts[3:4] == ["fd"] and parts[2] not in closed:
        closed.add(parts[2])
        raise FileNotFoundError(path)
    return real(path, *more, **named)
os.readlink = reading
import atexit
atexit.register(lambda: closed or os._exit(9))
`,
  );
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(answer.result.listener, 'unit');
});
