import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { failureOf } from '../../src/deployment/failures';
import { packageRoot } from '../../src/package-root';
import { Origin } from '../host/git/origin';
import { failsWith } from '../host/ssh/access';
import { contentOf, contentOfTree, type Entry, pushTree, treeOf } from './raw-repository';

let origin: Origin;
beforeEach(() => {
  origin = new Origin();
});
afterEach(() => origin.remove());

/** The archive that would be sent to a host. @throws the refusal */
async function archived(): Promise<{ file: string; tree: string }> {
  const { sha } = await origin.mirrors.resolve(origin.url, 'main');
  const tree = await origin.mirrors.tree(origin.url, sha, null);
  return { file: (await origin.mirrors.archive(origin.url, tree)).file, tree };
}

/** Unpacks as the helper does, into a new folder. @returns its refusal; null: it has the folder */
function unpacked(file: string, into: string): string | null {
  const program = `
import sys
sys.path.insert(0, sys.argv[1])
from landfall_host.protocol import Refused
from landfall_host.room import Room
from landfall_host.archives import unpack
try:
    with open(sys.argv[2], 'rb') as archive:
        unpack(archive, sys.argv[3], '', [], sys.argv[3], Room('/tmp'))
except (Refused, OSError) as refused:
    print(str(refused) or type(refused))
`;
  const argv = ['-I', '-c', program, join(packageRoot(), 'host'), file, into];
  const ran = spawnSync('python3', argv, { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout.trim() === '' ? null : ran.stdout.trim();
}

/** @returns why it is refused; null: exactly the tree arrives */
async function refusal(): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-unpacked-'));
  try {
    const { file, tree } = await archived();
    const refused = unpacked(file, join(folder, 'release'));
    if (refused !== null) return refused;
    assert.deepEqual(contentOf(join(folder, 'release')), contentOfTree(origin, tree));
    return null;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return `${failure.type}: ${failure.message}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FSCK = /^CommandFailed: .*(fsck|unpack|index-pack|in packed object|\.git|gitmodules)/is;
const TREES: [string, () => Entry[], RegExp | null][] = [
  [
    'a folder called .git',
    () => [{ name: '.git', mode: '40000', object: treeOf(origin, [{ name: 'config' }]) }],
    FSCK,
  ],
  ['a file called .GIT', () => [{ name: '.GIT' }], FSCK],
  ['a file called git~1', () => [{ name: 'git~1' }], FSCK],
  ['a file called ..', () => [{ name: '..' }], FSCK],
  ['a file called .', () => [{ name: '.' }], FSCK],
  ['a file without a name', () => [{ name: '' }], /^CommandFailed: /],
  ['a name with a slash', () => [{ name: '../evil' }], FSCK],
  ['the same name twice', () => [{ name: 'a' }, { name: 'a' }], FSCK],
  ['names out of order', () => [{ name: 'b' }, { name: 'a' }], FSCK],
  [
    'a link to /etc/passwd',
    () => [{ name: 'a', mode: '120000', content: '/etc/passwd' }],
    /link to an absolute path/,
  ],
  [
    'a link that climbs',
    () => [{ name: 'a', mode: '120000', content: '../../x' }],
    /leads out of the release/,
  ],
  [
    'a link called .gitmodules',
    () => [{ name: '.gitmodules', mode: '120000', content: '/etc/passwd' }],
    FSCK,
  ],
  [
    'a submodule that is an option',
    () => [
      { name: '.gitmodules', content: '[submodule "a"]\npath = a\nurl = -u./evil\n' },
      { name: 'a', mode: '160000', object: '1'.repeat(40) },
    ],
    FSCK,
  ],
  [
    'a submodule that climbs',
    () => [
      { name: '.gitmodules', content: '[submodule "../../evil"]\npath = a\nurl = https://example.com\n' },
    ],
    FSCK,
  ],
  [
    'a submodule',
    () => [
      { name: '.gitmodules', content: '[submodule "a"]\npath = a\nurl = https://example.com/a\n' },
      { name: 'a', mode: '160000', object: '1'.repeat(40) },
    ],
    null,
  ],
  ['a setuid file', () => [{ name: 'a', mode: '104755' }], null],
  ['a file of a device’s mode', () => [{ name: 'a', mode: '060644' }], /^CommandFailed: |neither a file/],
  ['a name of 300 characters', () => [{ name: 'a'.repeat(300) }], /File name too long/],
  ['a name of 5,000 characters', () => [{ name: 'a'.repeat(5_000) }], /too long|^CommandFailed: /],
  ['a name with a line feed and an escape', () => [{ name: 'a\n\u001b[2Jb' }], null],
  ['a name that is not UTF-8', () => [{ name: Buffer.from([0x61, 0xff, 0xfe]) }], null],
  ['a name that is an option', () => [{ name: '--checkpoint-action=exec=touch evil' }], null],
  ['a file that is large', () => [{ name: 'a', content: Buffer.alloc(20_000_000) }], null],
  [
    'what is not to be exported',
    () => [{ name: '.gitattributes', content: '* export-ignore\n' }, { name: 'main.py' }],
    null,
  ],
  [
    'what is to be filled in',
    () => [
      { name: '.gitattributes', content: '* export-subst\n' },
      { name: 'main.py', content: '$Format:%H %an%n$' },
    ],
    null,
  ],
  [
    'what is to be converted',
    () => [
      { name: '.gitattributes', content: '* text eol=crlf ident\n*.py working-tree-encoding=UTF-16\n' },
      { name: 'main.py', content: 'a\n$Id$\n' },
    ],
    null,
  ],
  [
    'what is to be filtered',
    () => [{ name: '.gitattributes', content: '* filter=evil diff=evil merge=evil\n' }, { name: 'main.py' }],
    null,
  ],
  [
    'attributes in folders',
    () => [
      {
        name: 'a',
        mode: '40000',
        object: treeOf(origin, [{ name: '.gitattributes', content: 'b export-ignore\n' }, { name: 'b' }]),
      },
    ],
    null,
  ],
];

for (const [name, entries, expected] of TREES) {
  test(`what is sent to a host is exactly the tree, or refused: ${name}`, async () => {
    pushTree(origin, treeOf(origin, entries()));
    const refused = await refusal();
    if (expected === null) assert.equal(refused, null);
    else assert.match(refused ?? 'taken', expected);
  });
}

test('a folder nested without end is refused', async () => {
  let tree = treeOf(origin, [{ name: 'x' }]);
  for (let level = 0; level < 1_200; level += 1)
    tree = treeOf(origin, [{ name: 'a', mode: '40000', object: tree }]);
  pushTree(origin, tree);
  assert.match((await refusal()) ?? 'taken', /too long a path|^CommandFailed: /);
});

test('nothing in a repository is run on the controller', async () => {
  const evil = join(origin.folder, 'evil');
  const run = `#!/bin/sh\ntouch ${evil}\n`;
  pushTree(
    origin,
    treeOf(origin, [{ name: '.gitattributes', content: '* filter=evil\n' }, { name: 'main.py' }]),
  );
  for (const hook of [
    'post-checkout',
    'post-update',
    'pre-receive',
    'reference-transaction',
    'fsmonitor',
    'post-index-change',
  ]) {
    mkdirSync(join(origin.url, 'hooks'), { recursive: true });
    writeFileSync(join(origin.url, 'hooks', hook), run);
    chmodSync(join(origin.url, 'hooks', hook), 0o755);
  }
  const script = join(origin.url, 'hooks', 'fsmonitor');
  appendFileSync(
    join(origin.url, 'config'),
    `[core]\n\tfsmonitor = ${script}\n\tsshCommand = ${script}\n\tpager = ${script}\n\teditor = ${script}\n\tgitProxy = ${script}\n\talternateRefsCommand = ${script}\n[filter "evil"]\n\tsmudge = ${script}\n\tclean = ${script}\n\trequired = true\n[uploadpack]\n\tpackObjectsHook = ${script}\n[tar "tar.gz"]\n\tcommand = ${script}\n[gpg]\n\tprogram = ${script}\n[log]\n\tshowSignature = true\n`,
  );
  assert.equal(await refusal(), null);
  assert.equal(existsSync(evil), false);
});

test('names of branches are names, whatever they look like', async () => {
  const evil = join(origin.folder, 'evil');
  const sha = origin.push('One', { 'main.py': 'x' });
  const packed = [
    `--upload-pack=touch ${evil}`,
    `-x`,
    `$(touch ${evil})`,
    `a;touch ${evil}`,
    '`id`',
    'refs/heads/main',
    'HEAD',
    '@',
    `${'a'.repeat(200)}`,
  ];
  writeFileSync(
    join(origin.url, 'packed-refs'),
    packed.map((name) => `${sha} refs/heads/${name.replaceAll(' ', '\u00a0')}\n`).join(''),
    { flag: 'a' },
  );
  assert.equal((await origin.mirrors.resolve(origin.url, 'main')).sha, sha);
  for (const name of packed) {
    const found = await origin.mirrors.resolve(origin.url, name).catch((error) => failureOf(error)?.type);
    assert.ok(found === 'InvalidInput' || (typeof found === 'object' && found.sha === sha), name);
  }
  assert.equal(existsSync(evil), false);
});

test('a commit’s message is one line of text, whatever is in it', async () => {
  const message = 'a\u001b]0;evil\u0007\u001b[2J\r::set-output name=a::b\u2028c\n\nbody\n';
  pushTree(origin, treeOf(origin, [{ name: 'main.py' }]), message);
  const { subject } = await origin.mirrors.resolve(origin.url, 'main');
  assert.equal(subject.split('\n').length, 1);
  pushTree(origin, treeOf(origin, [{ name: 'main.py' }]), Buffer.alloc(3_000_000, 0x61));
  assert.ok((await origin.mirrors.resolve(origin.url, 'main')).subject.length > 0);
});

test('a repository that is broken is refused, and leaves no half of a mirror', async () => {
  const sha = origin.push('One', { 'main.py': 'x' });
  for (const folder of readdirSync(join(origin.url, 'objects')).filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const file of readdirSync(join(origin.url, 'objects', folder))) {
      if (`${folder}${file}` === sha) continue;
      chmodSync(join(origin.url, 'objects', folder, file), 0o644);
      writeFileSync(join(origin.url, 'objects', folder, file), 'noise');
    }
  await failsWith(archived(), 'CommandFailed', /could not be read/);
  assert.deepEqual(readdirSync(origin.mirrorsFolder), []);
});
