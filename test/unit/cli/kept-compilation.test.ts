import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { keepCompilation, keptCompilation } from '../../../src/cli/kept-compilation';

const COMPILED = Buffer.from('compiled');

describe('the compiled form of a bundle', () => {
  let folder: string;
  beforeEach((t) => {
    const parent = mkdtempSync(join(tmpdir(), 'landfall-compiled-'));
    folder = join(parent, 'landfall', 'compiled');
    if ('after' in t) t.after(() => rmSync(parent, { recursive: true }));
  });

  const onlyFile = () => {
    const [name = 'none', ...more] = readdirSync(folder);
    assert.deepEqual(more, []);
    return join(folder, name);
  };

  it('is kept for the same bundle and the next start, for this user alone', () => {
    assert.equal(keptCompilation(folder, 'one'), undefined);
    keepCompilation(folder, 'one', COMPILED);
    assert.deepEqual(keptCompilation(folder, 'one'), COMPILED);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(onlyFile()).mode & 0o777, 0o600);
  });

  it('is not used for another bundle, and replaced by that of a newer one', () => {
    keepCompilation(folder, 'one', COMPILED);
    assert.equal(keptCompilation(folder, 'two'), undefined);
    keepCompilation(folder, 'two', Buffer.from('newer'));
    assert.deepEqual(keptCompilation(folder, 'two'), Buffer.from('newer'));
    onlyFile();
  });

  it('is not used when the file was torn or changed', () => {
    keepCompilation(folder, 'one', COMPILED);
    const content = readFileSync(onlyFile());
    for (const wrong of [
      content.subarray(0, 35),
      Buffer.alloc(0),
      Buffer.concat([content, Buffer.from('x')]),
    ]) {
      writeFileSync(onlyFile(), wrong);
      assert.equal(keptCompilation(folder, 'one'), undefined);
    }
  });

  it('is neither used nor written where other users may write', () => {
    keepCompilation(folder, 'one', COMPILED);
    chmodSync(folder, 0o770);
    assert.equal(keptCompilation(folder, 'one'), undefined);
    keepCompilation(folder, 'two', COMPILED);
    chmodSync(folder, 0o700);
    assert.equal(keptCompilation(folder, 'two'), undefined);
  });

  it('that cannot be kept fails no command', () => {
    const belowFile = join(__filename, 'compiled');
    keepCompilation(belowFile, 'one', COMPILED);
    assert.equal(keptCompilation(belowFile, 'one'), undefined);
  });
});
