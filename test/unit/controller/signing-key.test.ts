import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSigningKey, signingKeyFile } from '../../../src/controller/signing-key';
import { failureOf } from '../../../src/deployment/failures';

const folder = mkdtempSync(join(tmpdir(), 'landfall-key-'));
after(() => rmSync(folder, { recursive: true }));

const named = (name: string, content: Buffer, mode: number) => {
  const file = join(folder, name);
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  return file;
};
const refusal = (load: () => Buffer) => {
  try {
    load();
  } catch (error) {
    const { message = '', details } = failureOf(error) ?? {};
    return `${message} ${details?.advice}`;
  }
  throw new Error('it was not refused');
};

test('a controller makes its key once, for itself alone', () => {
  const state = join(folder, 'state');
  const key = loadSigningKey(null, state);
  assert.equal(key.length, 32);
  assert.equal(statSync(signingKeyFile(state)).mode & 0o777, 0o600);
  assert.deepEqual(loadSigningKey(null, state), key);
  assert.deepEqual(readFileSync(signingKeyFile(state)), key);
});

test('several workers share one that is named', () => {
  const content = Buffer.alloc(32, 7);
  const file = named('shared', content, 0o400);
  assert.deepEqual(loadSigningKey(file, join(folder, 'a')), content);
  assert.deepEqual(loadSigningKey(file, join(folder, 'b')), content);
});

test('one that is missing, too short, or that others can read is refused with what to do', () => {
  const missing = join(folder, 'missing');
  assert.match(
    refusal(() => loadSigningKey(missing, folder)),
    /missing cannot be read \(ENOENT\).*head -c 32/,
  );
  const short = named('short', Buffer.alloc(31), 0o600);
  assert.match(
    refusal(() => loadSigningKey(short, folder)),
    /has 31 bytes, not 32/,
  );
  for (const mode of [0o640, 0o604, 0o620]) {
    const open = named(`open-${mode}`, Buffer.alloc(32), mode);
    assert.match(
      refusal(() => loadSigningKey(open, folder)),
      /Users other than its owner .* chmod 600/,
    );
  }
  const state = join(folder, 'opened');
  loadSigningKey(null, state);
  chmodSync(signingKeyFile(state), 0o644);
  assert.match(
    refusal(() => loadSigningKey(null, state)),
    /Users other than its owner/,
  );
});
