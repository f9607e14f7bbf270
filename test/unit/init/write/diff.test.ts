import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unifiedDiff } from '../../../../src/init/write/diff';
import { randomNumbers } from '../../../harness/random-numbers';

test('equal texts have no difference', () => {
  assert.deepEqual(unifiedDiff('a', 'x\ny\n', 'x\ny\n'), []);
});

test('a new file is added as a whole', () => {
  assert.deepEqual(unifiedDiff('a', '', 'x\ny\n'), ['--- /dev/null', '+++ a', '@@ -0,0 +1,2 @@', '+x', '+y']);
});

test('git applies the difference of any two texts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-diff-'));
  const random = randomNumbers(7);
  const text = () =>
    Array.from({ length: Math.floor(random() * 30) + 1 }, () => `line ${Math.floor(random() * 6)}\n`).join(
      '',
    );
  try {
    for (let round = 0; round < 20; round += 1) {
      const [before, after] = [text(), text()];
      const diff = unifiedDiff('a', before, after);
      if (diff.length === 0) continue;
      writeFileSync(join(folder, 'a'), before);
      const ran = spawnSync('git', ['apply', '-p0', '--unidiff-zero', '-'], {
        cwd: folder,
        input: `${diff.join('\n')}\n`,
        encoding: 'utf8',
      });
      assert.equal(ran.status, 0, `${ran.stderr}\n${diff.join('\n')}`);
      assert.equal(readFileSync(join(folder, 'a'), 'utf8'), after);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
