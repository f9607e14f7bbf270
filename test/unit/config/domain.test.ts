import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, parseConfig } from '../../../src/config';
import type { Domain } from '../../../src/contract/contract-types';

const PLAIN: Domain = {
  names: ['shop.example.com'],
  proxy: null,
  listen: null,
  acme: { directory: null, email: null, ca: null },
  certificate: null,
};

function domainsOf(production: string): (Domain | null | undefined)[] {
  const text = `service: shop\nrepository: /r\nenvironments:\n  production: { ${production} }\n`;
  const environment = parseConfig('landfall.yaml', text).environments.get('production');
  return environment?.hosts.map(({ domain }) => domain) ?? [];
}

const WRITTEN: Record<string, [written: string, domain: Domain]> = {
  'a name alone': ['shop.example.com', PLAIN],
  'a map with the name': ['{ name: shop.example.com }', PLAIN],
  'several names': [
    '{ name: [shop.example.com, www.example.com] }',
    { ...PLAIN, names: ['shop.example.com', 'www.example.com'] },
  ],
  'a name of other letters': ['xn--bcher-kva.example', { ...PLAIN, names: ['xn--bcher-kva.example'] }],
  'a private authority': [
    '{ name: shop.example.com, acme: { directory: "https://ca.internal:9000/dir", ca: /etc/ca.pem } }',
    { ...PLAIN, acme: { directory: 'https://ca.internal:9000/dir', email: null, ca: '/etc/ca.pem' } },
  ],
  'a certificate, a proxy and an address': [
    '{ name: shop.example.com, proxy: nginx, listen: "::1", certificate: { cert: /etc/c.pem, key: /etc/k.pem } }',
    {
      ...PLAIN,
      proxy: 'nginx',
      listen: '::1',
      certificate: { cert: '/etc/c.pem', key: '/etc/k.pem' },
    },
  ],
};
for (const [name, [written, domain]] of Object.entries(WRITTEN)) {
  test(`domain as ${name}`, () => {
    assert.deepEqual(domainsOf(`hosts: [web1, web2], domain: ${written}`), [domain, domain]);
  });
}

test('a host may have a domain of its own, also where its environment has none', () => {
  const own = '{ name: web2, domain: two.example.com }';
  const two = { ...PLAIN, names: ['two.example.com'] };
  assert.deepEqual(domainsOf(`hosts: [web1, ${own}], domain: shop.example.com`), [PLAIN, two]);
  assert.deepEqual(domainsOf(`hosts: [web1, ${own}]`), [null, two]);
});

const WRONG: Record<string, [written: string, message: RegExp]> = {
  'a machine': ['localhost', /domain: found "localhost"; allowed: a domain name/],
  'an address': ['127.0.0.1', /domain: found "127\.0\.0\.1"/],
  'a port': ['shop.example.com:8443', /without a port/],
  'a wildcard': ['"*.example.com"', /without \*/],
  'capital letters': ['Shop.example.com', /in lower case/],
  'other letters': ['bücher.example', /as in xn--bcher-kva\.example/],
  'a URL': ['"https://shop.example.com/"', /domain: found/],
  'a second line': ['"shop.example.com\\n}"', /domain: found/],
  'no name': ['{ proxy: caddy }', /domain\.name: is missing/],
  'an empty list': ['{ name: [] }', /domain\.name: found an empty list/],
  'another proxy': [
    '{ name: a.example.com, proxy: apache }',
    /domain\.proxy: found "apache"; allowed: caddy or nginx/,
  ],
  'a name as address': ['{ name: a.example.com, listen: localhost }', /domain\.listen: found "localhost"/],
  'a directory without TLS': [
    '{ name: a.example.com, acme: { directory: "http://ca.internal" } }',
    /domain\.acme\.directory: found/,
  ],
  'a hostile path': [
    '{ name: a.example.com, certificate: { cert: "/etc/c.pem; }", key: /etc/k.pem } }',
    /domain\.certificate\.cert: found/,
  ],
  'half a certificate': [
    '{ name: a.example.com, certificate: { cert: /etc/c.pem } }',
    /domain\.certificate\.key: is missing/,
  ],
  'both ways to a certificate': [
    '{ name: a.example.com, acme: { email: a@example.com }, certificate: { cert: /c.pem, key: /k.pem } }',
    /domain: found a map; allowed: either acme or certificate/,
  ],
  'an authority of nothing': [
    '{ name: a.example.com, acme: { ca: /etc/ca.pem } }',
    /domain: found a map; allowed: ca only with directory/,
  ],
};
for (const [name, [written, message]] of Object.entries(WRONG)) {
  test(`domain refuses ${name}`, () => {
    assert.throws(
      () => domainsOf(`hosts: [web1], domain: ${written}`),
      (error) => error instanceof ConfigError && message.test(error.message),
      written,
    );
  });
}
