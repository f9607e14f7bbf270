/** Caddy and nginx in front of a service, with certificates of a real ACME authority (Pebble) on the host. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Domain, Setup } from '../../../src/contract/contract-types';
import { awaitDomain, domainInWords, isServed } from '../../../src/host-agent/domain-probe';
import { HostConnections } from '../../../src/ssh/connections';
import { acmeAuthority } from '../../harness/acme-authority';
import { startHost } from '../../harness/hosts';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';

const NAME = 'shop.example.test';
let shop: ServiceHost;
let domain: Domain;
let connections: HostConnections;

before(async () => {
  shop = new ServiceHost(await startHost());
  const { address, keyFile, knownHostsFile } = shop.host;
  connections = new HostConnections({ keyFiles: [keyFile], knownHosts: knownHostsFile });
  domain = {
    names: [NAME],
    proxy: null,
    // Test hosts share the network of this machine.
    listen: address,
    acme: { directory: `https://${address}:14000/dir`, email: 'ops@example.com', ca: '/etc/acme/ca.pem' },
    certificate: null,
  };
  await shop.root(authority(address));
});
after(async () => {
  connections.close();
  await shop.stop();
});

/** Pebble, and a service that tells what it was asked with. */
const authority = (address: string) => `${acmeAuthority(address, NAME)}
mkdir -p /opt/app
cat >/opt/app/app.py <<END
import http.server
class Tell(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(('${address}', 8000), Tell).serve_forever()
END
systemd-run -q --unit app python3 /opt/app/app.py
`;

async function setup(more: Partial<Domain> | null, apply = true): Promise<Setup['result']> {
  const request = { apply, address: { host: shop.host.address, port: 8000 } };
  const answer = await shop.setup({ ...request, domain: more === null ? null : { ...domain, ...more } });
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.result;
}

const problemOf = ({ proxy }: Setup['result']) => proxy?.problem ?? '';
const open = ({ actions }: Setup['result']) => actions.filter(({ done }) => !done).map(({ what }) => what);
const configuration = () =>
  shop.root('find /etc/nginx /etc/caddy -type f 2>/dev/null | sort | xargs -r md5sum');

async function served(): Promise<string> {
  const { address, port, name } = shop.host;
  const target = { name, address, port, user: 'deploy', bind: { host: address, port: 8000 }, domain };
  const [answer] = await awaitDomain(connections, target, 'shop', '/', 60_000);
  assert.ok(answer !== undefined && isServed(answer), JSON.stringify(answer));
  return domainInWords(answer);
}

const asked = (more = '') => shop.root(`curl -sk ${more} https://${NAME}/`);

test('a taken port and a file that serves the name already are named, and nothing of the proxy changes', async () => {
  const { address } = shop.host;
  await shop.root(
    `mkdir -p /etc/nginx/conf.d; echo 'server { listen ${address}:8081; server_name ${NAME}; }' >/etc/nginx/conf.d/other.conf`,
  );
  const other = await setup({});
  assert.match(problemOf(other), /\/etc\/nginx\/conf\.d\/other\.conf serves shop\.example\.test already/);
  await shop.root('rm /etc/nginx/conf.d/other.conf');
  const before = await configuration();
  await shop.root(`systemd-run -q --unit web python3 -m http.server --bind ${address} 80`);
  await until(async () => problemOf(await setup({}, false)) !== '');
  const taken = await setup({});
  assert.match(
    problemOf(taken),
    /^web\.service, python3 \(process \d+\), listens on port 80, which caddy needs/,
  );
  await shop.root('systemctl stop web');
  assert.equal(await shop.root('ls /etc/caddy 2>&1 | wc -l; ls /usr/bin/caddy 2>&1 | wc -l'), '1\n1');
  assert.equal(await configuration(), before);
});

test('an empty host gets Caddy, which serves the domain with a certificate by itself', async () => {
  const plan = await setup({}, false);
  assert.ok(
    open(plan).includes('install the package caddy: apt-get install -y caddy'),
    open(plan).join('\n'),
  );
  const done = await setup({});
  assert.equal(done.proxy?.problem, null);
  assert.match(
    await served(),
    /answers 200, certificate of Pebble Intermediate CA \w+ until 20\d\d-.*not trust/,
  );
  const headers = await asked("-H 'X-Forwarded-For: 6.6.6.6' -H 'X-Forwarded-Proto: http'");
  assert.match(headers, /^Host: shop\.example\.test\r?$/m);
  assert.match(headers, /^X-Forwarded-Proto: https\r?$/m);
  assert.doesNotMatch(headers, /6\.6\.6\.6/);
  assert.match(
    await shop.root(`curl -sI http://${NAME}/a`),
    /^Location: https:\/\/shop\.example\.test\/a\r?$/im,
  );
  assert.deepEqual(open(await setup({}, false)), []);
  // Each user of the host could change Caddy through this port.
  assert.equal(await shop.root('curl -s http://127.0.0.1:2019/config/ >/dev/null; echo $?'), '7');
});

test('requests wait while the service restarts', async () => {
  await shop.root('systemctl stop app');
  const waiting = asked("-o /dev/null -w '%{http_code}'");
  const connections = `ss -Htn state established 'dst ${shop.host.address}:443' | wc -l`;
  await until(async () => (await shop.root(connections)) !== '0');
  await shop.root('systemd-run -q --unit app2 python3 /opt/app/app.py');
  assert.equal(await waiting, '200');
});

test('a file that Caddy refuses is taken back, and Caddy serves as before', async () => {
  const before = await configuration();
  await shop.root('install -m 600 /etc/acme/key.pem /etc/acme/unreadable.pem');
  const certificate = { cert: '/etc/acme/ca.pem', key: '/etc/acme/unreadable.pem' };
  const none = { directory: null, email: null, ca: null };
  const refused = await setup({ acme: none, certificate });
  assert.match(problemOf(refused), /caddy validate.*shop\.caddy is as it was\..*permission denied/s);
  assert.equal(await configuration(), before);
  assert.equal(await asked("-o /dev/null -w '%{http_code}'"), '200');
});

test('without a domain the proxy serves it no longer, and a Caddyfile of one’s own is left alone', async () => {
  await setup(null);
  assert.equal(await shop.root('ls /etc/caddy'), 'Caddyfile\nlandfall');
  assert.match(await shop.root('cat /etc/caddy/Caddyfile'), /file_server/);
  await shop.root(
    `systemctl stop caddy; printf '{\\n admin off\\n}\\nhttp://own.example.test:8082 {\\n}\\n' >/etc/caddy/Caddyfile`,
  );
  const own = await shop.root('md5sum /etc/caddy/Caddyfile');
  const told = await setup({});
  assert.match(
    problemOf(told),
    /Caddyfile is your own.* Add this line at its end.*: import \/etc\/caddy\/landfall\/\*\.caddy$/,
  );
  assert.equal(await shop.root('md5sum /etc/caddy/Caddyfile'), own);
  await shop.root('rm /etc/caddy/landfall/shop.caddy');
});

test('a host with nginx keeps it, and gets its certificate by certbot', async () => {
  await shop.root(
    'systemctl unmask nginx 2>/dev/null; rm -f /etc/nginx/sites-enabled/default; systemctl enable --now nginx',
  );
  assert.match(
    problemOf(await setup({})),
    /certbot trusts the authorities of this host.*update-ca-certificates/,
  );
  await shop.root(
    'cp /etc/acme/ca.pem /usr/local/share/ca-certificates/acme.crt; update-ca-certificates >/dev/null 2>&1',
  );
  const done = await setup({});
  assert.equal(done.proxy?.problem, null);
  assert.equal(done.proxy?.kind, 'nginx');
  assert.match(await served(), /answers 200, certificate of Pebble/);
  const headers = await asked("-H 'X-Forwarded-For: 6.6.6.6'");
  assert.match(headers, /^X-Forwarded-Proto: https\r?$/m);
  assert.doesNotMatch(headers, /6\.6\.6\.6/);
  assert.match(
    await shop.root(`curl -sI http://${NAME}/a`),
    /^Location: https:\/\/shop\.example\.test\/a\r?$/im,
  );
  assert.deepEqual(open(await setup({}, false)), []);
  const seen = await shop.call('inspect', { python: null, address: { host: shop.host.address, port: 8000 } });
  assert.deepEqual(seen.proxy, {
    kind: 'nginx',
    file: '/etc/nginx/conf.d/landfall-shop.conf',
    names: [NAME],
    passesTo: `${shop.host.address}:8000`,
  });
});

test('a removal takes the domain from the proxy, but not from a service that was given back', async () => {
  const ejected = '/var/lib/landfall/shop/ejected.json';
  await shop.root(`echo '{"keep": [], "users": []}' >${ejected}`);
  const kept = await shop.setup({ remove: { data: false, stop: false } });
  assert.ok(kept.ok, JSON.stringify(kept));
  assert.match(
    kept.result.stays?.join('\n') ?? '',
    /landfall-shop\.conf, with which nginx serves shop\.example\.test/,
  );
  assert.equal(await asked("-o /dev/null -w '%{http_code}'"), '200');
  await shop.root(`rm -f ${ejected}`);
  const answer = await shop.setup({ remove: { data: false, stop: false } });
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(
    await shop.root(
      'ls /etc/nginx/conf.d /etc/letsencrypt/renewal | grep -c shop; systemctl is-active nginx; nginx -t -q && echo whole',
    ),
    '0\nactive\nwhole',
  );
});
