import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim, Verbs } from '../../../src/contract/contract-types';
import {
  archive,
  environmentRequest,
  type Files,
  type Member,
  ServiceHost,
  stageRequest,
} from './service-host';

let shop: ServiceHost;
let claim: Claim;
before(async () => {
  shop = await ServiceHost.start();
  claim = (await shop.claimed('run-1'))(0);
});
after(() => shop.stop());

const listing = () => shop.root('ls -A /srv/shop/releases');
const symlink = (link: string): Member => ({ type: '2', link });
const wanted = (release: string, files: string[]) => environmentRequest(claim, release, files);

async function refusedArchive(files: Files): Promise<string> {
  const tar = archive(files);
  const error = await shop.refused('stage', stageRequest(claim, 'tricks', tar), tar);
  assert.equal(error.type, 'InvalidInput');
  return error.message;
}

test('a release is whole, readable by the service, writable by the deploying user only', async () => {
  const files: Files = {
    'app/': { type: '5' },
    'app/main.py': 'x = 1\n',
    'bin/run': { type: '0', mode: 0o755 },
    'uploads/kept-in-git': 'replaced by the link',
    latest: symlink('app/main.py'),
  };
  assert.equal(await shop.staged(claim, 'tree-1', files, ['uploads', 'var/cache']), '1-c0ffee1');
  assert.deepEqual(
    (
      await shop.root('cd /srv/shop/releases/1-c0ffee1 && find . -printf "%p %y %m %u:%g %l\\n" | sort')
    ).split('\n'),
    [
      '. d 2750 deploy:shop ',
      './app d 2750 deploy:shop ',
      './app/main.py f 640 deploy:shop ',
      './bin d 2750 deploy:shop ',
      './bin/run f 750 deploy:shop ',
      './latest l 777 deploy:shop app/main.py',
      './uploads l 777 deploy:shop ../../shared/uploads',
      './var d 2750 deploy:shop ',
      './var/cache l 777 deploy:shop ../../../shared/var/cache',
    ],
  );
  assert.equal(
    await shop.root('stat -c %U /srv/shop/shared/uploads /srv/shop/shared/var/cache'),
    'shop\nshop',
  );
  assert.equal(
    await shop.root(
      'runuser -u shop -- sh -c "cat /srv/shop/releases/1-c0ffee1/latest; touch /srv/shop/releases/1-c0ffee1/uploads/x"',
    ),
    'x = 1',
  );
  assert.notEqual((await shop.host.root('runuser -u shop -- touch /srv/shop/releases/1-c0ffee1/x')).code, 0);
});

test('the same content is not sent or unpacked twice', async () => {
  const none = { ...stageRequest(claim, 'tree-1', archive({})), bytes: 0, sha256: '' };
  assert.deepEqual(await shop.call('stage', none), {
    release: '1-c0ffee1',
    reused: true,
    built: true,
    notes: [],
  });
  assert.deepEqual(await shop.call('stage', { ...none, content: 'tree-x' }), {
    release: null,
    reused: false,
    built: false,
    notes: [],
  });
  const tar = archive({ other: 'y' });
  assert.deepEqual(await shop.call('stage', stageRequest(claim, 'tree-1', tar), tar), {
    release: '1-c0ffee1',
    reused: true,
    built: true,
    notes: [],
  });
  assert.equal(await listing(), '1-c0ffee1');
});

test('an archive that reaches out of the release is refused and leaves nothing', async () => {
  // The others are in host/tests/test_archives.py.
  const cases: [Files, RegExp][] = [
    [{ '../evil': 'x' }, /'\.\.\/evil' is not a plain path/],
    [{ 'x/y': symlink('..'), z: symlink('x/y/../..') }, /leads out of the release/],
    [{ pipe: { type: '6' } }, /'pipe' is neither a file/],
  ];
  for (const [files, expected] of cases) assert.match(await refusedArchive(files), expected);
  assert.equal(await listing(), '1-c0ffee1');
  assert.equal(await shop.root('find / -xdev -name evil'), '');
});

test('a damaged or short archive is refused and leaves nothing', async () => {
  const tar = archive({ 'main.py': 'x'.repeat(5000) });
  const whole = stageRequest(claim, 'tree-2', tar);
  assert.match(
    (await shop.refused('stage', { ...whole, sha256: '0'.repeat(64) }, tar)).message,
    /damaged on the way/,
  );
  assert.match((await shop.refused('stage', whole, tar.subarray(0, 40))).message, /ended \d+ bytes early/);
  assert.equal(await listing(), '1-c0ffee1');
});

test('shared paths may not leave the release or lie in each other', async () => {
  const tar = archive({ 'main.py': 'x', dir: symlink('sub'), 'sub/x': 'y' });
  for (const [shared, expected] of [
    [['../x'], /plain path inside/],
    [['a', 'a/b'], /lies in another/],
    [['a', 'a'], /named twice/],
    [['dir/x'], /lies behind a link/],
  ] as const) {
    const error = await shop.refused('stage', stageRequest(claim, 'tree-3', tar, [...shared]), tar);
    assert.match(error.message, expected);
  }
  assert.equal(await listing(), '1-c0ffee1');
});

test('a full disk is NoSpace, names the place and leaves nothing', async () => {
  await shop.root('fallocate -l $(( $(df --output=avail -B1 /srv | tail -1) - 300000 )) /srv/ballast');
  const tar = archive({ big: 'x'.repeat(2_000_000), 'main.py': 'y' });
  const error = await shop.refused('stage', stageRequest(claim, 'tree-4', tar), tar);
  assert.equal(error.type, 'NoSpace');
  assert.match(error.message, /No space left for \/srv\/shop\/releases\/.*free/);
  assert.equal(await listing(), '1-c0ffee1');
  await shop.root(
    'fallocate -l $(( $(df --output=avail -B1 /srv | tail -1) )) /srv/ballast2; dd if=/dev/zero of=/srv/ballast3 bs=512 2>/dev/null; true',
  );
  const full = await shop.refused('finish', { claim, outcome: 'x' });
  assert.equal(full.type, 'NoSpace');
  await shop.root('rm /srv/ballast*');
  assert.equal((await shop.ask('repair', { claim })).ok, true, 'the claim is still open and whole');
});

test('only the run that staged a release can discard it', async () => {
  const own = await shop.staged(claim, 'tree-5', { 'main.py': '5' });
  assert.deepEqual(await shop.call('discard', { claim, release: own }), { removed: true });
  assert.deepEqual(await shop.call('discard', { claim, release: own }), { removed: false });
  const next = (await shop.claimed('run-2'))(0);
  assert.deepEqual(await shop.call('discard', { claim: next, release: '1-c0ffee1' }), { removed: false });
  claim = next;
  const later = await shop.staged(claim, 'tree-6', { 'main.py': '6' });
  assert.notEqual(later, own, 'a number is never given twice');
  assert.deepEqual(await shop.call('discard', { claim, release: later }), { removed: true });
});

test('foreign directories use up no numbers', async () => {
  const one = await shop.staged(claim, 'tree-7', { 'main.py': '7' });
  const number = Number.parseInt(one, 10);
  const theirs = `999999999-abcdef0 ${number + 1}-abcdef0`;
  await shop.root(`cd /srv/shop/releases && runuser -u deploy -- mkdir ${theirs}`);
  const two = await shop.staged(claim, 'tree-8', { 'main.py': '8' });
  assert.equal(two, `${number + 2}-c0ffee1`);
  await shop.root(`cd /srv/shop/releases && rmdir ${theirs}`);
  for (const release of [one, two]) await shop.call('discard', { claim, release });
});

test('an environment is named by requirement files, what they include, and the interpreter', async () => {
  const files: Files = {
    'requirements.txt':
      '-r requirements/base.txt\n-c requirements/pins.txt\nflask==3.0.0 ; python_version > "3"  # web\n',
    'requirements/base.txt':
      'requests\n-r more.txt\nuvicorn[standard] >= 0.3\nx @ https://example.org/x-1.0-py3-none-any.whl\n',
    'requirements/more.txt':
      'gunicorn==23.0.0 \\\n    --hash=sha256:00\n# comment\n--index-url https://example.org/simple\nwild==1.*\n',
    'requirements/pins.txt': 'requests==2.31.0\n',
  };
  const first = await shop.staged(claim, 'venv-1', files);
  const named = await shop.call('environment', wanted(first, ['requirements.txt']));
  assert.match(named.name, /^[0-9a-f]{16}$/);
  assert.equal(named.path, `/srv/shop/venvs/${named.name}`);
  assert.equal(named.complete, false);
  assert.deepEqual(named.unpinned, [
    'requirements/more.txt, line 5: wild==1.*',
    'requirements/base.txt, line 3: uvicorn[standard] >= 0.3',
  ]);
  const same = await shop.staged(claim, 'venv-2', { ...files, 'main.py': 'x' });
  assert.equal((await shop.call('environment', wanted(same, ['requirements.txt']))).name, named.name);
  const other = await shop.staged(claim, 'venv-3', {
    ...files,
    'requirements/more.txt': 'gunicorn==22.0.0\n',
  });
  assert.notEqual((await shop.call('environment', wanted(other, ['requirements.txt']))).name, named.name);

  await shop.root(
    `runuser -u deploy -- sh -c 'mkdir ${named.path} && touch ${named.path}/.landfall-complete'`,
  );
  for (let time = 0; time < 2; time++) {
    assert.equal((await shop.call('environment', wanted(first, ['requirements.txt']))).complete, true);
    assert.equal(await shop.root(`readlink /srv/shop/releases/${first}/.venv`), `../../venvs/${named.name}`);
  }
  const { releases } = await shop.call('inspect', { python: 'python3', address: null });
  assert.equal(releases.find(({ id }) => id === first)?.venv, named.name);
  assert.equal(releases.find(({ id }) => id === other)?.venv, null);

  // The release may be live by now: later requests do not change its environment.
  const again = await shop.call('environment', wanted(first, ['requirements/base.txt']));
  assert.deepEqual([again.name, again.complete], [named.name, true]);
  assert.equal(await shop.root(`readlink /srv/shop/releases/${first}/.venv`), `../../venvs/${named.name}`);
});

test('an environment that holds code of a release belongs to that release alone', async () => {
  const lines = ['-e .', './lib', 'lib @ file:///srv/lib', 'file:lib', 'wheels/x-1.0-py3-none-any.whl'];
  const names = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const files = { 'requirements.txt': `a==1\n${line}\n`, 'main.py': `${index}` };
    const release = await shop.staged(claim, `own-${index}`, files);
    const { name, ofRelease } = await shop.call('environment', wanted(release, ['requirements.txt']));
    assert.ok(ofRelease, line);
    names.add(name);
    await shop.call('discard', { claim, release });
  }
  assert.equal(names.size, lines.length);
  const files = { 'requirements.txt': '--editable=git+https://example.org/x\n' };
  const release = await shop.staged(claim, 'not-own', files);
  const shared = await shop.call('environment', wanted(release, ['requirements.txt']));
  assert.equal(shared.ofRelease, false);
  assert.deepEqual(shared.unpinned, ['requirements.txt, line 1: --editable=git+https://example.org/x']);
});

test('the packages of a release lie in a layer on top of what its lock file names', async () => {
  const lock = { 'pyproject.toml': '[project]\nname = "shop"\n', 'uv.lock': 'version = 1\n' };
  const asked = (release: string, groups: string[] = []): Verbs['environment']['request'] => ({
    ...wanted(release, ['uv.lock', 'pyproject.toml']),
    tool: 'uv',
    groups,
  });
  const release = await shop.staged(claim, 'locked', { ...lock, 'main.py': '1' });
  const other = await shop.staged(claim, 'locked-2', { ...lock, 'main.py': '2' });
  const shared = await shop.call('environment', asked(release));
  assert.equal((await shop.call('environment', asked(other))).name, shared.name);
  assert.notEqual((await shop.call('environment', asked(other, ['prod']))).name, shared.name);
  const filled = (path: string) =>
    shop.root(
      `runuser -u deploy -- sh -c 'mkdir ${path} && echo -e . >${path}/.landfall-local && touch ${path}/.landfall-complete'`,
    );
  await filled(shared.path);
  const again = await shop.call('environment', asked(release));
  assert.deepEqual([again.complete, again.layered], [true, true]);

  const layerOf = (id: string): Verbs['environment']['request'] => ({
    ...asked(id),
    kind: 'layer',
    shared: shared.name,
  });
  const layer = await shop.call('environment', layerOf(release));
  assert.notEqual((await shop.call('environment', layerOf(other))).name, layer.name);
  assert.deepEqual(
    [layer.complete, layer.ofRelease, layer.python],
    [false, true, `${shared.path}/bin/python`],
  );
  await filled(layer.path);
  assert.equal((await shop.call('environment', layerOf(release))).complete, true);
  assert.equal(await shop.root(`readlink /srv/shop/releases/${release}/.venv`), `../../venvs/${layer.name}`);
  // Both are kept for as long as the release.
  const record = await shop.root(`cat /var/lib/landfall/shop/releases/${release}.json`);
  assert.deepEqual(JSON.parse(record).environments, [shared.name, layer.name].sort());
  const done = await shop.call('environment', asked(release));
  assert.deepEqual([done.name, done.layered], [layer.name, false]);
  const nothing = { ...layerOf(other), shared: '0'.repeat(16) };
  assert.match((await shop.refused('environment', nothing)).message, /needs a complete environment/);
});

test('requirement files that the release does not have are refused by name', async () => {
  const lines: [string, RegExp][] = [
    ['-r ../../secret.txt', /outside the release/],
    ['-r link.txt', /outside the release/],
    ['-r missing.txt', /no requirement file missing.txt/],
  ];
  for (const [index, [line, expected]] of lines.entries()) {
    const release = await shop.staged(claim, `local-${index}`, { 'requirements.txt': `a==1\n${line}\n` });
    await shop.root(`ln -s /etc/passwd /srv/shop/releases/${release}/link.txt`);
    const error = await shop.refused('environment', wanted(release, ['requirements.txt']));
    assert.equal(error.type, 'InvalidInput');
    assert.match(error.message, expected, line);
  }
});

test('the leftovers of an abandoned deploy are listed by inspect and removed by repair', async () => {
  const kept = await shop.staged(claim, 'kept', { 'main.py': 'x' });
  const lost = await shop.staged(claim, 'lost', { 'main.py': 'x' });
  await shop.root(
    `cd /srv/shop/releases && rm -r ${lost} && runuser -u deploy -- mkdir .partial-1-9 99-abcdef0 notes`,
  );
  const { leftovers } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(leftovers, [
    '/srv/shop/releases/.partial-1-9 is an unfinished directory',
    '/srv/shop/releases/99-abcdef0 has no record',
    `release ${lost} is recorded, its directory is gone`,
  ]);
  assert.deepEqual(await shop.call('repair', { claim }), { repaired: leftovers });
  assert.deepEqual(await shop.call('repair', { claim }), { repaired: [] });
  const left = (await listing()).split('\n');
  assert.ok(left.includes(kept) && left.includes('notes'));
  assert.ok(!left.some((name) => name.startsWith('.partial') || name === '99-abcdef0'));
});
