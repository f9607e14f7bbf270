/** Archives that no tar program would write. */
import { gzipSync } from 'node:zlib';

/** A member's header, each field as it stands in the 512 bytes. */
export interface Header {
  name: string | Buffer;
  type?: string;
  /** Bytes of content announced; a text or bytes are taken as they are. */
  size?: number | string | Buffer;
  mode?: number | string;
  link?: string | Buffer;
  /** A wrong one, where the right one is not wanted. */
  checksum?: string;
  prefix?: string;
  magic?: string;
  /** Written over the header at this offset, before the sum is made. */
  over?: [offset: number, bytes: Buffer];
  content?: string | Buffer;
}

const BLOCK = 512;
export const END = Buffer.alloc(2 * BLOCK);

export function member(fields: Header): Buffer {
  const content = Buffer.from(fields.content ?? '');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header(fields, content.length), content, padding]);
}

function header(fields: Header, length: number): Buffer {
  const { name, type = '0', size = length, mode = 0o644, link = '', magic = 'ustar\x0000' } = fields;
  const block = Buffer.alloc(BLOCK);
  const put = (value: string | Buffer, offset: number, most: number) =>
    Buffer.from(value).copy(block, offset, 0, most);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(name, 0, 100);
  put(typeof mode === 'number' ? octal(mode, 7) : mode, 100, 8);
  put('0000000\0', 108, 8);
  put('0000000\0', 116, 8);
  put(typeof size === 'number' ? octal(size, 11) : size, 124, 12);
  put('00000000000', 136, 12);
  put('        ', 148, 8);
  put(type, 156, 1);
  put(link, 157, 100);
  put(magic, 257, 8);
  put(fields.prefix ?? '', 345, 155);
  if (fields.over !== undefined) fields.over[1].copy(block, fields.over[0]);
  put(fields.checksum ?? checksum(block), 148, 8);
  return block;
}

/** Of a header in which the sum is blank. */
export function checksum(block: Buffer): string {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}

/** A PAX header for the member behind it (`x`), or for all that follow (`g`); a Buffer is taken as it is. */
export function pax(records: Record<string, string> | Buffer, type = 'x'): Buffer {
  const content = Buffer.isBuffer(records)
    ? records
    : Buffer.concat(Object.entries(records).map(([name, value]) => Buffer.from(paxRecord(name, value))));
  return member({ name: 'pax', type, content });
}

function paxRecord(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length).length;
  const whole = length + digits;
  return `${String(whole).length > digits ? whole + 1 : whole}${rest}`;
}

/** GNU's long name (`L`) or link (`K`) for the member behind it. */
export function long(type: 'L' | 'K', value: string): Buffer {
  return member({ name: '././@LongLink', type, content: `${value}\0` });
}

/** Gzipped, with the end of an archive behind it. */
export function tarred(...members: Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...members, END]), { level: 1 });
}
