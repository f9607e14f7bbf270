import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fingerprintOf, KnownHosts } from '../../../src/ssh/known-hosts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-known-hosts-'));
after(() => rmSync(folder, { recursive: true }));

/** A public key as ssh-keygen makes it: `ssh-ed25519 AAAA…`. */
function publicKey(name: string, type = 'ed25519'): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', join(folder, name)]);
  return readFileSync(join(folder, `${name}.pub`), 'utf8').trim();
}

const wire = (key: string) => Buffer.from(key.split(' ')[1] ?? '', 'base64');
const ours = publicKey('ours');
const theirs = publicKey('theirs');
const ecdsa = publicKey('ecdsa', 'ecdsa');
const known = (content: string) => new KnownHosts([{ file: 'known_hosts', content }]);
const check = (content: string, host: string, port = 22, key = ours) =>
  known(content).check(host, port, wire(key)).verdict;

test('one of several names on a line is enough, whatever its case', () => {
  assert.equal(check(`web1,web1.example.com,10.0.0.1 ${ours}`, 'WEB1.example.com'), 'match');
  assert.equal(check(`web1,web1.example.com,10.0.0.1 ${ours}`, 'web2.example.com'), 'unknown');
});

test('another port has its own line; without one the plain name counts, as for ssh', () => {
  assert.equal(check(`[web1]:2222 ${ours}`, 'web1', 2222), 'match');
  assert.equal(check(`[web1]:2222 ${ours}`, 'web1', 22), 'unknown');
  assert.equal(check(`web1 ${ours}`, 'web1', 2222), 'match');
  assert.equal(check(`[web1]:2222 ${theirs}\nweb1 ${ours}`, 'web1', 2222), 'mismatch');
});

test('hashed names are those that ssh-keygen wrote', () => {
  const file = join(folder, 'known_hosts');
  writeFileSync(file, `web1 ${ours}\n[web2]:2222 ${ours}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  const content = readFileSync(file, 'utf8');
  assert.match(content, /^\|1\|.*\n\|1\|/);
  assert.equal(check(content, 'web1'), 'match');
  assert.equal(check(content, 'web2', 2222), 'match');
  assert.equal(check(content, 'web1', 22, theirs), 'mismatch');
  assert.equal(check(content, 'web3'), 'unknown');
});

test('wildcards match, and a negated pattern takes its line away', () => {
  const content = `*.example.com,!old.example.com,web? ${ours}`;
  assert.equal(check(content, 'new.example.com'), 'match');
  assert.equal(check(content, 'old.example.com'), 'unknown');
  assert.equal(check(content, 'web7'), 'match');
  assert.equal(check(content, 'web77'), 'unknown');
  assert.equal(check(`web.1 ${ours}`, 'webx1'), 'unknown');
});

test('another key than the known one is a mismatch that names line and fingerprint', () => {
  const content = `# comment\n\nweb1 ${theirs}\n`;
  assert.deepEqual(known(content).check('web1', 22, wire(ours)), {
    verdict: 'mismatch',
    file: 'known_hosts',
    line: 3,
    fingerprint: fingerprintOf(wire(theirs)),
  });
});

test('the fingerprint is the one that ssh-keygen prints', () => {
  const printed = execFileSync('ssh-keygen', ['-lf', join(folder, 'ours.pub')], { encoding: 'utf8' });
  assert.ok(printed.includes(fingerprintOf(wire(ours))));
});

test('a key of a type that is not known for the host does not match', () => {
  assert.equal(check(`web1 ${ecdsa}`, 'web1'), 'mismatch');
});

test('a revoked key is refused although another line knows it', () => {
  assert.equal(check(`web1 ${ours}\n@revoked * ${ours}`, 'web1'), 'revoked');
  assert.equal(check(`web1 ${ours}\n@revoked * ${ours}`, 'web1', 2222), 'revoked');
  assert.equal(check(`web1 ${ours}\n@revoked * ${theirs}`, 'web1'), 'match');
});

test('the key of a certificate authority is not taken for a host key, and its line is named', () => {
  assert.equal(check(`@something-new web1 ${ours}`, 'web1'), 'unknown');
  const content = `# ours\n@cert-authority *.example.com ${ours}`;
  assert.deepEqual(known(content).check('web1.example.com', 22, wire(ours)), {
    verdict: 'unknown',
    authority: { file: 'known_hosts', line: 2 },
  });
});

test('the authorities of a host are those of its lines that are not revoked', () => {
  const content = `@cert-authority *.example.com ${ours}\n@cert-authority web1 ${theirs}\n@revoked * ${theirs}`;
  const keys = (host: string, port = 22) => known(content).authorities(host, port);
  assert.deepEqual(keys('web1.example.com', 2222), [wire(ours)]);
  assert.deepEqual(keys('web1'), []);
});

test('broken lines are skipped, and Windows line ends do not belong to the key', () => {
  assert.equal(check(`web1\nweb1 ssh-ed25519\n\t\nweb1 ${ours}\r\n`, 'web1'), 'match');
});

test('the types known for a host are given, so that they are asked for first', () => {
  const both = known(`web1 ${ecdsa}\nweb1 ${ours}\n@revoked web1 ${theirs}\nweb2 ${ours}`);
  assert.deepEqual(both.keyTypes('web1', 22), ['ecdsa-sha2-nistp256', 'ssh-ed25519']);
  assert.deepEqual(both.keyTypes('web3', 22), []);
});
