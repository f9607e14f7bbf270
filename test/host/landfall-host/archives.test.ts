import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Claim } from '../../../src/contract/contract-types';
import { archive, ServiceHost, stageRequest, tarHeader } from './service-host';

const MEBIBYTE = 1024 * 1024;

let shop: ServiceHost;
let claim: Claim;
before(async () => {
  shop = await ServiceHost.start();
  claim = (await shop.claimed('run-1'))(0);
  // A disk of its own, of which 5 % are 5 MiB and 100 inodes.
  await shop.root(
    'mount -t tmpfs -o size=100m,nr_inodes=2000,mode=2750,uid=$(id -u deploy),gid=$(id -g shop) disk /srv/shop/releases',
  );
});
after(() => shop.stop());

async function refusedForSpace(tar: Buffer, more = {}): Promise<string> {
  const error = await shop.refused('stage', { ...stageRequest(claim, 'tree', tar), ...more }, tar);
  assert.equal(error.type, 'NoSpace', error.message);
  assert.equal(
    await shop.root('ls -A /srv/shop/releases; df --output=used /srv/shop/releases | tail -1'),
    '0',
  );
  return error.message;
}

/** A gzipped tar with one member of this type, of so many bytes that are all zero. */
async function zeros(type: string, mebibytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 1 });
  const blocks: Buffer[] = [];
  gzip.on('data', (block: Buffer) => blocks.push(block));
  const ended = new Promise((done) => gzip.on('end', done));
  gzip.write(tarHeader('zeros', { type }, mebibytes * MEBIBYTE));
  for (let written = 0; written < mebibytes; written++) {
    if (!gzip.write(Buffer.alloc(MEBIBYTE))) await new Promise((drained) => gzip.once('drain', drained));
  }
  gzip.end(Buffer.alloc(1024));
  await ended;
  return Buffer.concat(blocks);
}

test('an archive that is larger than what is free is refused before it arrives', async () => {
  const message = await refusedForSpace(archive({}), { bytes: 1 << 30 });
  assert.match(
    message,
    /^No space left for \/srv\/shop\/releases\/\.partial-.*: 100 MiB and \d+ inodes are free there, of which 5 MiB and 5 % of all inodes are kept/,
  );
});

test('one that unpacks to more than is free is refused before that is written', async () => {
  await refusedForSpace(await zeros('0', 1000));
  // The archive would fit without the reserve.
  await refusedForSpace(await zeros('0', 97));
});

test('one with more files than there are inodes is refused', async () => {
  const files = Object.fromEntries(Array.from({ length: 1950 }, (_, index) => [`f${index}`, '']));
  await refusedForSpace(archive(files));
});

test('one that fits is unpacked', async () => {
  const tar = await zeros('0', 90);
  const { release } = await shop.call('stage', stageRequest(claim, 'fits', tar), tar);
  assert.equal(
    await shop.root(`stat -c '%s %U' /srv/shop/releases/${release}/zeros`),
    `${90 * MEBIBYTE} deploy`,
  );
  await shop.call('discard', { claim, release: release ?? '' });
});

test('headers that would fill the memory are refused', async () => {
  const tar = await zeros('x', 600);
  const error = await shop.refused('stage', stageRequest(claim, 'tree', tar), tar);
  assert.deepEqual([error.type, /more than 512 MiB of memory/.test(error.message)], ['InvalidInput', true]);
});

test('an archive is unpacked as it arrives by the deploying user, and is never stored', async () => {
  const tar = archive({ 'main.py': 'x = 1' });
  const request = JSON.stringify({
    ...stageRequest(claim, 'slow', tar),
    ...{ protocol: PROTOCOL, verb: 'stage', service: 'shop' },
  });
  await shop.root(`mkfifo -m 666 /tmp/line; (cat > /tmp/sent <<'END'\n${request}\nEND\n)`);
  const answered = shop.root(`SUDO_UID=$(id -u deploy) ${HELPER_PATH} < /tmp/line`);
  const partial = '$(ls -d /srv/shop/releases/.partial-* 2>/dev/null)';
  const stored = 'find /proc/[0-9]*/fd -lname "*/releases/* (deleted)" 2>/dev/null';
  await shop.root(
    `exec 3> /tmp/line; cat /tmp/sent >&3; echo ${tar.subarray(0, 40).toString('base64')} | base64 -d >&3; \
     timeout 10 sh -c 'until [ -n "${partial}" ]; do sleep 0.01; done'; \
     stat -c %u ${partial} > /tmp/uid; id -u deploy > /tmp/deploy; ls -A /var/lib/landfall/shop > /tmp/of-root; \
     ${stored} > /tmp/stored; echo ${tar.subarray(40).toString('base64')} | base64 -d >&3`,
  );
  const answer = JSON.parse(await answered) as { result: { release: string } };
  assert.match(answer.result.release, /^\d+-c0ffee1$/);
  await shop.root('cmp /tmp/uid /tmp/deploy && ! grep archive /tmp/of-root && ! grep . /tmp/stored');
});

test('an archive that was damaged leaves nothing', async () => {
  const tar = archive({ 'main.py': 'x'.repeat(5000) });
  const sha256 = createHash('sha256').update('another').digest('hex');
  const left = await shop.root('ls -A /srv/shop/releases');
  await shop.refused('stage', { ...stageRequest(claim, 'damaged', tar), sha256 }, tar);
  assert.equal(await shop.root('ls -A /srv/shop/releases'), left);
});
