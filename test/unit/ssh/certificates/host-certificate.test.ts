import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  faultOf,
  type HostCertificate,
  parseCertificate,
} from '../../../../src/ssh/certificates/host-certificate';

const folder = mkdtempSync(join(tmpdir(), 'landfall-certificates-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const keygen = (...args: string[]) => execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'pipe' });
const wire = (file: string) => Buffer.from(readFileSync(at(file), 'utf8').split(' ')[1] ?? '', 'base64');
const YEAR_2030 = Date.UTC(2030, 0, 1);

function key(name: string, type = 'ed25519', bits: string[] = []): void {
  keygen('-t', type, ...bits, '-N', '', '-C', '', '-f', at(name));
}

/** Of a host, unless `options` say otherwise, for 2029 to 2031. */
function certificate(
  authority: string,
  of: string,
  options: string[] = ['-h', '-n', 'web1,web1.example.com'],
  valid = '20290101:20310101',
): HostCertificate {
  keygen('-s', at(authority), '-I', 'id', '-V', valid, ...options, at(`${of}.pub`));
  const parsed = parseCertificate(wire(`${of}-cert.pub`));
  assert.ok(parsed !== null);
  return parsed;
}

const types: [string, string, string[]][] = [
  ['ed25519', 'ed25519', []],
  ['rsa', 'rsa', ['-b', '2048']],
  ['p256', 'ecdsa', ['-b', '256']],
  ['p384', 'ecdsa', ['-b', '384']],
  ['p521', 'ecdsa', ['-b', '521']],
];
for (const [name, type, bits] of types) {
  key(`ca-${name}`, type, bits);
  key(`host-${name}`, type, bits);
}
const OURS = wire('ca-ed25519.pub');

test('a certificate of each type vouches for the key and the names that its authority has signed', () => {
  for (const [authority] of types)
    for (const [name] of types.slice(0, authority === 'ed25519' ? 5 : 1)) {
      const made = certificate(`ca-${authority}`, `host-${name}`);
      assert.deepEqual(made.key, wire(`host-${name}.pub`));
      assert.equal(
        faultOf(made, 'WEB1.example.com', [wire(`ca-${authority}.pub`)], YEAR_2030),
        null,
        `${authority} ${name}`,
      );
      assert.match(
        faultOf(made, 'web2', [wire(`ca-${authority}.pub`)], YEAR_2030) ?? '',
        /^it is for web1, web1\.example\.com$/,
      );
    }
});

test('a certificate that vouches for nothing is refused with the reason', () => {
  const good = certificate('ca-ed25519', 'host-ed25519');
  const altered = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(wire('host-ed25519-cert.pub'));
    change(bytes);
    return parseCertificate(bytes);
  };
  const name = wire('host-ed25519-cert.pub').indexOf('web1.example.com');
  const forged = altered((bytes) => bytes.write('evil', name));
  const broken = altered((bytes) => bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1));
  const rows: [HostCertificate | null, RegExp, number?, Buffer[]?][] = [
    [good, /^another authority/, YEAR_2030, [wire('ca-rsa.pub')]],
    [good, /^another authority/, YEAR_2030, []],
    [forged, /^its signature is not/],
    [broken, /^its signature is not/],
    [good, /^it is not valid before 2029-01-01/, Date.UTC(2028, 0, 1)],
    [good, /^it has expired \(20(30-12-31|31-01-01)/, Date.UTC(2031, 1, 1)],
    [certificate('ca-ed25519', 'host-ed25519', ['-n', 'web1']), /^it is the certificate of a user/],
    [certificate('ca-ed25519', 'host-ed25519', ['-h']), /^it names no host; /],
    [
      certificate('ca-ed25519', 'host-ed25519', ['-h', '-n', 'web1', '-O', 'critical:x@y=1']),
      /^it has the option x@y/,
    ],
    [certificate('ca-ed25519', 'host-ed25519', ['-h', '-n', '*.com']), /^it is for \*\.com$/],
    [
      certificate('ca-rsa', 'host-ed25519', ['-h', '-n', 'web1', '-t', 'ssh-rsa']),
      /SHA-1/,
      YEAR_2030,
      [wire('ca-rsa.pub')],
    ],
  ];
  for (const [made, reason, now = YEAR_2030, authorities = [OURS]] of rows) {
    assert.ok(made !== null);
    assert.match(faultOf(made, 'web1', authorities, now) ?? 'none', reason);
  }
  const forever = certificate('ca-ed25519', 'host-ed25519', ['-h', '-n', 'web1'], 'always:forever');
  assert.equal(faultOf(forever, 'web1', [OURS], YEAR_2030), null);
});

test('bytes of any kind are refused, and never throw', () => {
  const whole = wire('host-ed25519-cert.pub');
  for (let length = 0; length < whole.length; length += 1)
    assert.equal(parseCertificate(whole.subarray(0, length)), null);
  assert.equal(parseCertificate(Buffer.concat([whole, Buffer.from([0])])), null);
  assert.equal(parseCertificate(wire('host-rsa.pub')), null);
  for (let at = 0; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    const parsed = parseCertificate(bytes);
    if (parsed !== null)
      assert.notEqual(faultOf(parsed, 'web1', [OURS, parsed.authority], YEAR_2030), null, `byte ${at}`);
  }
});
