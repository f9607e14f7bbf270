/**
 * Asks a host for the certificate of its key. ssh2 knows plain host keys only. A certificate is public, so that this
 * exchange proves nothing and is broken off: the connection that follows accepts only the key that it certifies.
 */
import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Fields, string } from './wire';

const KEX_INIT = 20;
const ECDH_INIT = 30;
const ECDH_REPLY = 31;
const DISCONNECT = 1;
/** RFC 4253, 6.1; a certificate with many names is shorter. */
const LONGEST_PACKET = 256 * 1024;
const LONGEST_BANNER = 16 * 1024;

const EXCHANGES = ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'];
const CERTIFIED = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
  'rsa-sha2-256-cert-v01@openssh.com',
];
const CIPHERS = [
  'aes128-ctr',
  'aes256-ctr',
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
];
const MACS = [
  'hmac-sha2-256',
  'hmac-sha2-512',
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
];

/** The certificate as sent; null: the host has none, or ends the connection, or answers anything else. */
export async function askCertificate(stream: Duplex, timeoutMs: number): Promise<Buffer | null> {
  const timer = setTimeout(() => stream.destroy(), timeoutMs);
  stream.on('error', () => undefined);
  try {
    stream.write('SSH-2.0-Landfall\r\n');
    stream.write(packet(ourOffer()));
    const packets = packetsOf(stream);
    for await (const payload of packets) {
      const [number] = payload;
      if (number === DISCONNECT) return null;
      if (number === KEX_INIT) {
        const point = pointFor(payload);
        if (point === null) return null;
        stream.write(packet(Buffer.concat([Buffer.from([ECDH_INIT]), string(point)])));
      }
      if (number === ECDH_REPLY) return new Fields(payload.subarray(1)).string();
    }
    return null;
  } catch {
    // The stream ended, or the host speaks otherwise. The connection that follows says why.
    return null;
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

function ourOffer(): Buffer {
  const lists = [EXCHANGES, CERTIFIED, CIPHERS, CIPHERS, MACS, MACS, ['none'], ['none'], [], []];
  return Buffer.concat([
    Buffer.from([KEX_INIT]),
    randomBytes(16),
    ...lists.map((names) => string(names.join(','))),
    // No guessed packet follows, and a reserved number.
    Buffer.alloc(5),
  ]);
}

/** The public half of a key exchange that the host takes; the private half is never needed. */
function pointFor(offer: Buffer): Buffer | null {
  const fields = new Fields(offer);
  fields.skip(17);
  const theirs = fields.text().split(',');
  const method = EXCHANGES.find((name) => theirs.includes(name));
  if (method === undefined) return null;
  if (method === 'ecdh-sha2-nistp256') return createECDH('prime256v1').generateKeys();
  const { publicKey } = generateKeyPairSync('x25519');
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/** RFC 4253, 6, before any encryption: a multiple of eight bytes, of which at least four are padding. */
function packet(payload: Buffer): Buffer {
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  return Buffer.concat([head, payload, randomBytes(padding)]);
}

/** The payloads of the host, behind its line of identification. */
async function* packetsOf(stream: Duplex): AsyncGenerator<Buffer> {
  let left = Buffer.alloc(0);
  let isIdentified = false;
  for await (const chunk of stream) {
    left = Buffer.concat([left, chunk as Buffer]);
    while (!isIdentified) {
      const end = left.indexOf('\n');
      if (end < 0) {
        if (left.length > LONGEST_BANNER) return;
        break;
      }
      isIdentified = left.subarray(0, 4).toString('latin1') === 'SSH-';
      left = left.subarray(end + 1);
    }
    while (isIdentified && left.length >= 5) {
      const length = left.readUInt32BE(0);
      if (length > LONGEST_PACKET || length < 2) return;
      if (left.length < 4 + length) break;
      yield left.subarray(5, 4 + length - (left[4] ?? 0));
      left = left.subarray(4 + length);
    }
  }
}
