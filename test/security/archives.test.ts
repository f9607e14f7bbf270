import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PROTOCOL } from '../../src/contract/contract';
import { chosen, type Random } from '../harness/random';
import { type ServiceHost, stageRequest } from '../host/landfall-host/service-host';
import { around, differences } from './around';
import { EXTENDED, type Expected, FORMS, LINKS, PATHS } from './hostile-archives';
import { CLAIM } from './request-kinds';
import { problemOf, served, startServing } from './served';
import { checksum, END, long, member, pax } from './tar';

let shop: ServiceHost;
before(async () => {
  shop = await startServing();
});
after(() => shop.stop());

function staging(tar: Buffer, content: string, shared: string[] = [], more = {}): Buffer {
  const request = { ...stageRequest(CLAIM, content, tar, shared), ...more };
  const line = JSON.stringify({ protocol: PROTOCOL, verb: 'stage', service: 'shop', ...request });
  return Buffer.concat([Buffer.from(`${line}\n`), tar]);
}

/** The content that must not be in a release, no matter what its archive held. */
const HARMFUL = [
  `find /srv/shop/releases -mindepth 1 ! -type f ! -type d ! -type l`,
  String.raw`find /srv/shop/releases -type f \( -perm /7000 -o -links +1 -o ! -user deploy -o -perm /022 \)`,
  // Who follows a link of a release ends in that release, or in what all of them share.
  `find /srv/shop/releases -type l ! -name .venv -exec sh -c 'for link; do to=$(readlink -m "$link") || continue; release=$(echo "$link" | cut -d/ -f1-5); case $to/ in "$release"/* | /srv/shop/shared/*) ;; *) echo "$link leads to $to" ;; esac; done' sh {} +`,
  `find /srv/shop/releases -maxdepth 1 -name ".partial-*"`,
  `find / -xdev -name "evil*" -newer /etc/shop.env`,
];

async function refusedOrHarmless(cases: [string, Buffer, Expected][]): Promise<void> {
  const before = await around(shop);
  const requests = cases.map(([name, tar]) => staging(tar, name));
  const answers = await served(shop, requests);
  const wrong = cases.flatMap(([name, , expected], number) => {
    const answer = answers[number];
    assert.ok(answer !== undefined);
    const problem = problemOf(answer);
    if (problem !== null) return [`${name}: ${problem}`];
    const { ok, error } = JSON.parse(answer.answer);
    if (expected === 'EITHER') return [];
    const right = expected === 'TAKEN' ? ok : !ok && expected.test(error.message);
    return right ? [] : [`${name}: ${ok ? 'was taken' : error.message}`];
  });
  assert.deepEqual(wrong, []);
  for (const command of HARMFUL) assert.equal(await shop.root(command), '', command);
  assert.deepEqual(differences(before, await around(shop)), []);
}

/** A header or two of a sound archive are another one, or a byte of it is. */
function bent(random: Random): Buffer {
  const parts = [
    member({ name: 'a', type: '5' }),
    member({ name: 'a/b', content: 'x'.repeat(700) }),
    pax({ path: 'a/c', size: '3' }),
    member({ name: 'c', content: 'abc' }),
    long('L', 'a/d'),
    member({ name: 'd', type: '2', link: 'b' }),
    long('K', 'a/b'),
    member({ name: 'e', type: '2', link: 'x' }),
    member({
      name: 'f',
      type: 'S',
      over: [386, Buffer.from('00000000000\x0000000000003\0')],
      content: 'abc',
    }),
    Buffer.from(END),
  ];
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const part = random.pick(parts);
    const [from, length] = random.pick([...HEADER_FIELDS, [512, part.length - 512], [0, 512]] as const);
    const at = from + random.below(Math.max(1, Math.min(length, part.length - from)));
    const bytes = random.pick([
      '\xff',
      '\x80',
      '\0',
      '/',
      '.',
      '..',
      '-',
      '9',
      '7777',
      'x',
      ' ',
      '=',
      '\n',
      'S',
      'L',
      'g',
      '\x80\xff',
    ]);
    Buffer.from(bytes, 'latin1').copy(part, Math.min(at, part.length - 1));
    if (part.length > 512 && random.chance(0.8)) part.write(checksum(part.subarray(0, 512)), 148, 'latin1');
  }
  const shuffled = random.chance(0.3) ? [random.pick(parts), ...parts] : parts;
  const tar = Buffer.concat(shuffled);
  const gzip = gzipSync(random.chance(0.1) ? tar.subarray(0, random.below(tar.length)) : tar);
  if (random.chance(0.1)) gzip[random.below(gzip.length)] = random.below(256);
  return gzip;
}

/** Offset and length of name, mode, size, type, link, magic, prefix and what GNU has in its place. */
const HEADER_FIELDS = [
  [0, 100],
  [100, 8],
  [124, 12],
  [156, 1],
  [157, 100],
  [257, 8],
  [345, 155],
  [386, 110],
] as const;

test('no path of an archive leads out of its release', () => refusedOrHarmless(PATHS));

test('no link or special file of an archive gets into a release, or leads out of it', () =>
  refusedOrHarmless(LINKS));

test('a file that is not an archive is refused with that reason', () => refusedOrHarmless(FORMS));

test('what extended headers say is bounded as the rest is', () => refusedOrHarmless(EXTENDED));

test('any archive is refused with a reason, or harmless', async (t) => {
  const { random, rounds } = chosen(150);
  t.diagnostic(`LANDFALL_SEED=${random.seed} LANDFALL_ROUNDS=${rounds}`);
  await refusedOrHarmless(
    Array.from({ length: rounds }, (_, number) => [`bent ${number}`, bent(random), 'EITHER']),
  );
});

test('what is sent is what was announced, or is refused', async () => {
  const tar = gzipSync(Buffer.concat([member({ name: 'a', content: 'x' }), END]));
  const cases: [string, Buffer, RegExp | null][] = [
    ['another digest', staging(tar, 'digest', [], { sha256: '0'.repeat(64) }), /damaged on the way/],
    ['no digest', staging(tar, 'none', [], { sha256: '' }), /damaged on the way/],
    ['too few bytes', staging(tar, 'few', [], { bytes: tar.length + 1 }), /ended 1 bytes early/],
    [
      'too many bytes announced',
      staging(tar, 'many', [], { bytes: 2 ** 32 }),
      /No space left|ended \d+ bytes early/,
    ],
    ['fewer bytes announced', staging(tar, 'fewer', [], { bytes: tar.length - 1 }), /damaged on the way/],
    ['bytes behind it', Buffer.concat([staging(tar, 'behind'), Buffer.alloc(1_000)]), null],
    ['a shared path that climbs', staging(tar, 'climbs', ['../x']), /plain path/],
    ['a shared path behind a file', staging(tar, 'file', ['a/b']), /cannot be unpacked/],
    ['a shared path in the place of a file', staging(tar, 'place', ['a']), null],
  ];
  const answers = await served(
    shop,
    cases.map(([, request]) => request),
  );
  for (const [number, [name, , expected]] of cases.entries()) {
    const { ok, error } = JSON.parse(answers[number]?.answer ?? '');
    if (expected === null) assert.ok(ok, `${name}: ${error?.message}`);
    else assert.match(ok ? 'taken' : error.message, expected, name);
  }
});
