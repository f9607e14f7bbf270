/** Archives that a repository, or a deploying user, may want to act outside of a release with. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { END, type Header, long, member, pax, tarred } from './tar';

/** The helper's answer to it; TAKEN: it is unpacked, harmlessly; EITHER: versions of Python differ. */
export type Expected = RegExp | 'TAKEN' | 'EITHER';

const INSIDE = /is not a plain path inside the release/;
const KIND = /is neither a file, a directory nor a symlink/;
const LEADS_OUT = /leads out of the release/;
const BITS = /has a setuid, setgid or sticky bit/;
const BROKEN = /The archive cannot be unpacked: /;
const ROOM = /No space left for/;

const file = (name: string | Buffer, more: Partial<Header> = {}) => member({ name, content: 'x', ...more });
const link = (name: string, to: string, more: Partial<Header> = {}) =>
  member({ name, type: '2', link: to, ...more });
const directory = (name: string, more: Partial<Header> = {}) => member({ name, type: '5', ...more });
const sized = (size: string | Buffer) => tarred(file('big', { size }));

/** Base 256, as GNU writes what octal digits cannot say. */
function wide(first: number, ...rest: number[]): Buffer {
  const bytes = Buffer.alloc(12);
  bytes[0] = first;
  Buffer.from(rest).copy(bytes, 12 - rest.length);
  return bytes;
}

const plain = tarred(file('main.py'));
const manyDirectories = (count: number) =>
  gzipSync(Buffer.concat([Buffer.alloc(count * 512, directory('a')), END]), { level: 1 });
const deep = (levels: number) => `${'a/'.repeat(levels)}x`;

export const PATHS: [string, Buffer, Expected][] = [
  ['an absolute path', tarred(file('/etc/evil')), INSIDE],
  ['a path that climbs', tarred(file('../evil')), INSIDE],
  ['a path that climbs later', tarred(file('a/../../evil')), INSIDE],
  ['a path that climbs behind ./', tarred(file('./../evil')), INSIDE],
  ['a path with .', tarred(file('a/./b')), INSIDE],
  ['a path with an empty part', tarred(file('a//b')), INSIDE],
  ['an absolute path in the prefix', tarred(file('evil', { prefix: '/etc' })), INSIDE],
  ['a prefix that climbs', tarred(file('evil', { prefix: '..' })), INSIDE],
  ['a file without a name', tarred(file('')), INSIDE],
  ['a file called .', tarred(file('.')), INSIDE],
  ['a directory called ..', tarred(directory('..')), INSIDE],
  ['a directory called /', tarred(directory('/')), 'TAKEN'],
  ['a name with a line feed', tarred(file('a\nb\u001b[2J')), 'TAKEN'],
  ['a name that is not UTF-8', tarred(file(Buffer.from([0x61, 0xff, 0xfe, 0x62]))), 'TAKEN'],
  [
    'a name with a part of 300 characters',
    tarred(long('L', 'a'.repeat(300)), file('a')),
    /File name too long/,
  ],
  ['a name of 5,000 characters', tarred(long('L', deep(2_500)), file('a')), /is too long a path/],
  ['a long name that climbs', tarred(long('L', '../evil'), file('a')), INSIDE],
  ['a long name with a NUL', tarred(long('L', 'a\0../../evil'), file('a')), 'TAKEN'],
  ['a long name with nothing behind it', tarred(long('L', 'a')), BROKEN],
  ['a path of 1,500 folders', tarred(long('L', deep(1_500)), file('a')), /is too long a path/],
  ['the same file twice', tarred(file('a'), file('a')), BROKEN],
  ['the same file behind ./', tarred(file('a'), file('./a')), BROKEN],
  ['a file, and one below it', tarred(file('a'), file('a/b')), BROKEN],
  ['a file, and a folder of its name', tarred(file('a'), directory('a')), BROKEN],
  ['a folder, and a file of its name', tarred(directory('a'), file('a')), BROKEN],
  ['a virtual environment of its own', tarred(file('.venv/bin/python', { mode: 0o755 })), 'TAKEN'],
  ['a folder that no user may enter', tarred(directory('a', { mode: 0 }), file('a/b')), 'TAKEN'],
  ['a folder with all bits', tarred(directory('a', { mode: 0o7777 }), file('a/b')), 'TAKEN'],
];

export const LINKS: [string, Buffer, Expected][] = [
  ['a link to an absolute path', tarred(link('a', '/etc/passwd')), /is a link to an absolute path/],
  ['a link that climbs', tarred(link('a', '../../../../etc/passwd')), LEADS_OUT],
  ['a link to a path next to the release', tarred(link('a', '..')), LEADS_OUT],
  ['a link to a link that climbs', tarred(link('a', 'b/..'), link('b', '..')), LEADS_OUT],
  [
    'a link through a folder that is a link',
    tarred(link('a', 'b/../../x'), link('b', 'c/d'), file('c/d/e')),
    'TAKEN',
  ],
  ['a file through a link', tarred(link('a', '..'), file('a/evil')), BROKEN],
  ['a file through a link that is made again', tarred(link('a', '.'), file('a/a')), BROKEN],
  ['a link in the place of a file', tarred(file('a'), link('a', 'b')), BROKEN],
  ['two links of one name', tarred(link('a', 'b'), link('a', '..')), BROKEN],
  ['a link to itself', tarred(link('a', 'a')), 'TAKEN'],
  ['links in a circle', tarred(link('a', 'b'), link('b', 'a')), 'TAKEN'],
  ['a link to nothing', tarred(link('a', 'missing')), 'TAKEN'],
  ['a link to an empty path', tarred(link('a', '')), /No such file or directory/],
  [
    'a link to a path of 5,000 characters',
    tarred(long('K', 'a'.repeat(5_000)), link('a', 'b')),
    /File name too long/,
  ],
  ['a hard link', tarred(member({ name: 'a', type: '1', link: '/etc/passwd' })), KIND],
  ['a hard link to its own file', tarred(file('b'), member({ name: 'a', type: '1', link: 'b' })), KIND],
  ['a character device', tarred(member({ name: 'a', type: '3' })), KIND],
  ['a block device', tarred(member({ name: 'a', type: '4' })), KIND],
  ['a FIFO', tarred(member({ name: 'a', type: '6' })), KIND],
  ['an unknown kind', tarred(member({ name: 'a', type: 'Z' })), KIND],
  ['a setuid file', tarred(file('a', { mode: 0o4755 })), BITS],
  ['a setgid file', tarred(file('a', { mode: 0o2755 })), BITS],
  ['a sticky file', tarred(file('a', { mode: 0o1755 })), BITS],
];

export const FORMS: [string, Buffer, Expected][] = [
  ['no bytes but those of gzip', gzipSync(Buffer.alloc(0)), BROKEN],
  ['an end and nothing before it', gzipSync(END), 'TAKEN'],
  ['no end', gzipSync(member({ name: 'a', content: 'x' })), 'TAKEN'],
  ['a tar that is not gzipped', Buffer.concat([file('a'), END]), BROKEN],
  ['bytes of nothing', Buffer.alloc(4_096, 0x41), BROKEN],
  ['a gzip that is cut', plain.subarray(0, plain.length - 12), 'EITHER'],
  ['a gzip that is cut in its head', plain.subarray(0, 6), BROKEN],
  [
    'a gzip without an end of its name',
    Buffer.concat([Buffer.from([31, 139, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(9_000, 97)]),
    BROKEN,
  ],
  [
    'a gzip with a wrong sum',
    Buffer.concat([plain.subarray(0, plain.length - 8), Buffer.alloc(8)]),
    'EITHER',
  ],
  ['a gzip of noise', Buffer.concat([plain.subarray(0, 10), Buffer.alloc(2_000, 0xff)]), BROKEN],
  ['what lies behind the end', Buffer.concat([plain, Buffer.alloc(4_096, 0x42)]), 'TAKEN'],
  ['a second gzip behind the end', Buffer.concat([plain, tarred(file('../evil'))]), 'TAKEN'],
  ['members behind the end', gzipSync(Buffer.concat([file('a'), END, file('../evil'), END])), 'TAKEN'],
  ['deflate without a head', deflateRawSync(Buffer.concat([file('a'), END])), BROKEN],
  ['a wrong sum', tarred(file('a', { checksum: '000001\0 ' })), BROKEN],
  ['a wrong sum later on', tarred(file('a'), file('b', { checksum: '000001\0 ' })), 'EITHER'],
  ['a sum that is not a number', tarred(file('a', { checksum: 'zzzzzz\0 ' })), BROKEN],
  ['a mode that is not a number', tarred(file('a', { mode: 'zzzzzzz' })), BROKEN],
  ['a size that is not a number', sized('zzzzzzzzzzz'), BROKEN],
  ['more content than there is', sized('00000100000'), BROKEN],
  ['a size of 8 GiB', sized('77777777777'), /No space left for|cannot be unpacked/],
  ['a size beyond all numbers', sized(wide(0x80, 0x7f, 255, 255, 255, 255, 255, 255, 255)), ROOM],
  ['a size below zero', sized(wide(0xff, 255, 255, 255, 255, 255, 255, 255)), 'EITHER'],
  ['a size of minus one', sized(Buffer.alloc(12, 0xff)), 'EITHER'],
];

export const EXTENDED: [string, Buffer, Expected][] = [
  ['a PAX path that climbs', tarred(pax({ path: '../evil' }), file('a')), INSIDE],
  ['an absolute PAX path', tarred(pax({ path: '/etc/evil' }), file('a')), INSIDE],
  ['a PAX path with a NUL', tarred(pax({ path: 'a\0b' }), file('a')), INSIDE],
  [
    'a PAX path that is not UTF-8',
    tarred(pax(Buffer.from('11 path=\xff\xfe\n', 'latin1')), file('a')),
    'TAKEN',
  ],
  ['a PAX path for all that follows', tarred(pax({ path: '../evil' }, 'g'), file('a')), INSIDE],
  ['a PAX link that climbs', tarred(pax({ linkpath: '../../x' }), link('a', 'b')), LEADS_OUT],
  [
    'an absolute PAX link',
    tarred(pax({ linkpath: '/etc/passwd' }), link('a', 'b')),
    /link to an absolute path/,
  ],
  ['a PAX link with a NUL', tarred(pax({ linkpath: 'a\0b' }), link('a', 'b')), /link to an absolute path/],
  ['a PAX size beyond all numbers', tarred(pax({ size: '9'.repeat(30) }), file('a')), ROOM],
  ['a PAX size of 5,000 digits', tarred(pax({ size: '9'.repeat(5_000) }), file('a')), 'EITHER'],
  ['a PAX size below zero', tarred(pax({ size: '-1' }), file('a')), 'EITHER'],
  ['a PAX size that is not a number', tarred(pax({ size: 'many' }), file('a')), 'EITHER'],
  ['a PAX size with a fraction', tarred(pax({ size: '1e400' }), file('a')), 'EITHER'],
  ['an invalid PAX time', tarred(pax({ mtime: 'nan', atime: 'inf', ctime: '1e400' }), file('a')), 'TAKEN'],
  [
    'a PAX owner beyond all numbers',
    tarred(pax({ uid: '9'.repeat(30), gid: '-1', uname: 'root' }), file('a')),
    'TAKEN',
  ],
  [
    'PAX attributes',
    tarred(
      pax({ 'SCHILY.xattr.security.capability': '\u0001', 'SCHILY.acl.access': 'user::rwx' }),
      file('a'),
    ),
    'TAKEN',
  ],
  ['a PAX record of no length', tarred(pax(Buffer.from('0 path=a\n')), file('a')), BROKEN],
  ['a PAX record that is too long', tarred(pax(Buffer.from('99999999999 path=a\n')), file('a')), 'EITHER'],
  ['a PAX record without a name', tarred(pax(Buffer.from('5 =a\n')), file('a')), 'EITHER'],
  ['a PAX record of noise', tarred(pax(Buffer.alloc(700, 0xff)), file('a')), 'EITHER'],
  ['a PAX header with nothing behind it', tarred(pax({ path: 'a' })), BROKEN],
  [
    'PAX headers of PAX headers',
    tarred(...Array.from({ length: 3_000 }, () => pax({ comment: 'a' })), file('a')),
    BROKEN,
  ],
  [
    'a sparse PAX file of a terabyte',
    tarred(
      pax({
        'GNU.sparse.major': '0',
        'GNU.sparse.minor': '1',
        'GNU.sparse.map': '0,1',
        'GNU.sparse.size': String(2 ** 40),
      }),
      file('a'),
    ),
    ROOM,
  ],
  [
    'a sparse PAX file with a map of noise',
    tarred(pax({ 'GNU.sparse.map': 'a,b,c', 'GNU.sparse.size': '10' }), file('a')),
    BROKEN,
  ],
  [
    'a sparse PAX file 1.0 of noise',
    tarred(
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': '../evil',
        'GNU.sparse.realsize': '10',
      }),
      file('a', { content: 'noise\n' }),
    ),
    BROKEN,
  ],
  [
    'a sparse PAX file with another name',
    tarred(pax({ 'GNU.sparse.map': '0,1', 'GNU.sparse.size': '1', 'GNU.sparse.name': '../evil' }), file('a')),
    INSIDE,
  ],
  [
    'a sparse file of a terabyte',
    tarred(file('a', { type: 'S', over: [483, Buffer.from('20000000000000')] })),
    'EITHER',
  ],
  [
    'a sparse file of noise',
    tarred(file('a', { type: 'S', over: [386, Buffer.alloc(120, 0x7a)] })),
    'EITHER',
  ],
  [
    'a sparse file with parts out of order',
    tarred(
      file('a', {
        type: 'S',
        over: [386, Buffer.from('00000001000\x0000000001000\x0000000000000\x0000000001000\0')],
      }),
    ),
    'EITHER',
  ],
  [
    'a Solaris header',
    tarred(member({ name: 'a', type: 'X', content: '12 path=../a\n' }), file('a')),
    'EITHER',
  ],
  ['100,000 members', manyDirectories(100_000), 'TAKEN'],
];
