import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeOf } from '../../../demo/place';

const NO_ROOT = ['Test hosts need root: they mount disks and boot systemd.'];

describe('where the host of the demo runs', () => {
  for (const [when, facts, runs] of [
    ['nothing is missing', { wantsDocker: false, hasDocker: true, missing: [] }, 'nspawn'],
    ['the user asks for Docker', { wantsDocker: true, hasDocker: true, missing: [] }, 'docker'],
    [
      'root is missing and Docker is there',
      { wantsDocker: false, hasDocker: true, missing: NO_ROOT },
      'docker',
    ],
    ['both are missing', { wantsDocker: false, hasDocker: false, missing: NO_ROOT }, null],
    [
      'the user asks for Docker, which is missing',
      { wantsDocker: true, hasDocker: false, missing: [] },
      null,
    ],
  ] as const)
    it(`${when}: ${runs ?? 'nowhere'}`, () => {
      assert.equal(placeOf({ ...facts, missing: [...facts.missing] }).runs, runs);
    });

  it('names both ways where there is none, and Docker alone where the user asked for it', () => {
    const neither = placeOf({ wantsDocker: false, hasDocker: false, missing: [...NO_ROOT] });
    assert.ok(neither.runs === null);
    assert.deepEqual(neither.missing.slice(0, 1), NO_ROOT);
    assert.match(neither.missing[1] ?? '', /^Or Docker: install it/);
    const asked = placeOf({ wantsDocker: true, hasDocker: false, missing: [...NO_ROOT] });
    assert.ok(asked.runs === null);
    assert.deepEqual(asked.missing.length, 1);
  });
});
