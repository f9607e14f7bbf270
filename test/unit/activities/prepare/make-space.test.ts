import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSpace } from '../../../../src/activities/prepare/make-space';
import type { CallHost } from '../../../../src/activities/step';
import type { Verbs } from '../../../../src/contract/contract-types';
import { failureOf } from '../../../../src/deployment/failures';
import { sizeOfListing } from '../../../../src/git/unpacked-size';

type Answer = Verbs['make-space']['result'];

const SHORT: Answer = {
  fits: false,
  again: false,
  freeBytes: 150e6,
  neededBytes: 310e6,
  removed: null,
  removedBytes: 0,
  staying: { releases: 3, bytes: 390e6, inodes: 10 },
};
const removes = (removed: string): Answer => ({ ...SHORT, again: true, removed, removedBytes: 130e6 });
const FITS: Answer = { ...SHORT, fits: true };

const place = {
  host: 'web1',
  base: '/srv/shop',
  claim: { fence: 1, run: 'run', seq: 0, attempt: 1 },
};
const need = { bytes: 1, inodes: 1, environment: false };

/** Asks a host that gives these answers, one after the other and then the last one again. */
async function ask(answers: Answer[]): Promise<string> {
  let at = 0;
  const call = async () => answers[Math.min(at++, answers.length - 1)];
  return await makeSpace(call as unknown as CallHost, place, need);
}

async function refusalOf(answers: Answer[]): Promise<string> {
  const failure = await ask(answers).then(() => null, failureOf);
  assert.ok(failure, 'was not refused');
  return `${failure.type}: ${failure.message} / ${failure.details.advice}`;
}

test('asks until there is space, and says which releases went', async () => {
  assert.equal(await ask([FITS]), '');
  assert.equal(await ask([removes('1-a'), FITS]), '; removed 1 old release (130 MB) to make space');
  const more = [removes('1-a'), { ...SHORT, again: true }, removes('2-a'), FITS];
  assert.equal(await ask(more), '; removed 2 old releases (260 MB) to make space');
});

test('a refusal says how much is missing, which releases must stay, and names the key', async () => {
  const said = await refusalOf([removes('1-a'), SHORT]);
  assert.match(
    said,
    /^CommandFailed: No space left for \/srv\/shop on web1: 150 MB are free, and 310 MB are needed/,
  );
  assert.match(said, /; removed 1 old release \(130 MB\) to make space\. /);
  assert.match(said, /3 old releases must stay .* take 390 MB, whatever keepReleases says\. \/ Free space/);
  const empty = { ...SHORT, staying: { releases: 0, bytes: 0, inodes: 0 } };
  assert.doesNotMatch(await refusalOf([empty]), /old release/);
});

test('releases that cannot be removed do not keep the step for ever', async () => {
  assert.match(await refusalOf([{ ...SHORT, again: true }]), /cannot be removed\. .*\.trash-\*/);
});

test('a file takes whole blocks, and a folder, a link or a submodule one', () => {
  const object = 'a'.repeat(40);
  const listed = [
    `040000 tree ${object}       -\tfolder`,
    `100644 blob ${object}       0\tempty`,
    `100644 blob ${object}    4097\tfolder/two 1\tblocks`,
    `120000 blob ${object}       4\tlink`,
    `160000 commit ${object}       -\tmodule`,
  ];
  assert.deepEqual(sizeOfListing(`${listed.join('\0')}\0`), { bytes: 6 * 4096, inodes: 5 });
  assert.deepEqual(sizeOfListing(''), { bytes: 0, inodes: 0 });
});
