/** Certificates of host keys (OpenSSH's PROTOCOL.certkeys): which key the authority has certified for a host. Pure. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { oneLine, shortened } from '../../text/safe-text';
import { Fields, string } from './wire';

export interface HostCertificate {
  /** The certified key as a host shows it without a certificate. */
  key: Buffer;
  kind: number;
  keyId: string;
  principals: string[];
  /** Seconds since 1970. */
  validAfter: bigint;
  validBefore: bigint;
  criticalOptions: string[];
  /** The key of the authority. */
  authority: Buffer;
  /** All that is signed, and the signature. */
  signed: Buffer;
  signature: Buffer;
}

/** Fields of the key after the nonce, by type of the plain key. */
const KEY_FIELDS: Record<string, number> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};
const SUFFIX = '-cert-v01@openssh.com';
const FOR_HOSTS = 2;
const MOST_PRINCIPALS = 256;

/** @returns null for anything but a well-formed certificate of a type that a host may show */
export function parseCertificate(bytes: Buffer): HostCertificate | null {
  try {
    const fields = new Fields(bytes);
    const type = fields.text();
    const plain = type.endsWith(SUFFIX) ? type.slice(0, -SUFFIX.length) : '';
    const count = Object.hasOwn(KEY_FIELDS, plain) ? KEY_FIELDS[plain] : undefined;
    if (count === undefined) return null;
    fields.string();
    const parts = Array.from({ length: count }, () => string(fields.string()));
    fields.uint64();
    const kind = fields.uint32();
    const keyId = fields.text();
    const principals = stringsIn(fields.string());
    const [validAfter, validBefore] = [fields.uint64(), fields.uint64()];
    const criticalOptions = stringsIn(fields.string()).filter((_, at) => at % 2 === 0);
    fields.string();
    fields.string();
    const authority = fields.string();
    const signed = bytes.subarray(0, fields.place);
    const signature = fields.string();
    if (!fields.isAtEnd) return null;
    const key = Buffer.concat([string(plain), ...parts]);
    return {
      key,
      kind,
      keyId,
      principals,
      validAfter,
      validBefore,
      criticalOptions,
      authority,
      signed,
      signature,
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function stringsIn(bytes: Buffer): string[] {
  const fields = new Fields(bytes);
  const found: string[] = [];
  while (!fields.isAtEnd && found.length < MOST_PRINCIPALS) found.push(fields.text());
  return found;
}

/**
 * Why a certificate does not vouch for a host; null: it does. A certificate without names would be good for every
 * host, so that one stolen key could stand for all: it is refused.
 * @param host the name that known_hosts has: `HostKeyAlias`, or the host's name
 * @param authorities keys of the lines `@cert-authority` for this host
 * @param now milliseconds since 1970
 */
export function faultOf(
  certificate: HostCertificate,
  host: string,
  authorities: Buffer[],
  now: number,
): string | null {
  const { kind, principals, validAfter, validBefore, criticalOptions, authority } = certificate;
  const seconds = BigInt(Math.floor(now / 1000));
  if (!authorities.some((each) => each.equals(authority))) return 'another authority has signed it';
  if (!isSigned(certificate)) return 'its signature is not one of its authority, or uses SHA-1';
  if (kind !== FOR_HOSTS) return 'it is the certificate of a user';
  if (seconds < validAfter) return `it is not valid before ${day(validAfter)}`;
  if (seconds >= validBefore) return `it has expired (${day(validBefore)})`;
  if (criticalOptions.length > 0) return `it has the option ${said(criticalOptions)}, which is not known`;
  if (principals.length === 0) return 'it names no host; sign it with ssh-keygen -h -n NAME';
  if (!principals.some((name) => name.toLowerCase() === host.toLowerCase()))
    return `it is for ${said(principals)}`;
  return null;
}

function said(names: string[]): string {
  return shortened(oneLine(names.join(', ')), 200);
}

/** `0xffff…` means forever. */
function day(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? 'the end of time' : date.toISOString().slice(0, 16).replace('T', ' ');
}

const RSA_HASHES: Record<string, string> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };
const EC_HASHES: Record<string, string> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};
const EC_BYTES: Record<string, number> = {
  'ecdsa-sha2-nistp256': 32,
  'ecdsa-sha2-nistp384': 48,
  'ecdsa-sha2-nistp521': 66,
};

/** Whether the authority has signed it, with an algorithm that OpenSSH takes from an authority too. */
export function isSigned({ authority, signed, signature }: HostCertificate): boolean {
  try {
    const fields = new Fields(signature);
    const algorithm = fields.text();
    const bytes = fields.string();
    if (!fields.isAtEnd) return false;
    const type = new Fields(authority).text();
    const key = publicKeyOf(authority);
    if (type === 'ssh-ed25519') return algorithm === type && verify(null, signed, key, bytes);
    if (type === 'ssh-rsa') {
      const hash = Object.hasOwn(RSA_HASHES, algorithm) ? RSA_HASHES[algorithm] : undefined;
      return hash !== undefined && verify(hash, signed, key, bytes);
    }
    const [hash, size] = [EC_HASHES[type], EC_BYTES[type]];
    if (algorithm !== type || hash === undefined || size === undefined) return false;
    const parts = new Fields(bytes);
    const raw = Buffer.concat([padded(parts.string(), size), padded(parts.string(), size)]);
    return parts.isAtEnd && verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, raw);
  } catch {
    // Fields past the end, and keys that OpenSSL does not take.
    return false;
  }
}

/** A number without its leading zeros, in so many bytes. */
function padded(number: Buffer, size: number): Buffer {
  const at = number.findIndex((byte) => byte !== 0);
  const plain = at < 0 ? Buffer.alloc(0) : number.subarray(at);
  if (plain.length > size) throw new RangeError('the number is too long');
  return Buffer.concat([Buffer.alloc(size - plain.length), plain]);
}

function publicKeyOf(bytes: Buffer): KeyObject {
  const fields = new Fields(bytes);
  const type = fields.text();
  const text = (part: Buffer) => part.toString('base64url');
  if (type === 'ssh-ed25519')
    return createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: text(fields.string()) },
      format: 'jwk',
    });
  if (type === 'ssh-rsa') {
    const [e, n] = [fields.string(), fields.string()];
    const withoutSign = (part: Buffer) => (part[0] === 0 ? part.subarray(1) : part);
    return createPublicKey({
      key: { kty: 'RSA', e: text(withoutSign(e)), n: text(withoutSign(n)) },
      format: 'jwk',
    });
  }
  const size = EC_BYTES[type];
  fields.string();
  const point = fields.string();
  if (size === undefined || point[0] !== 4 || point.length !== 1 + 2 * size)
    throw new RangeError('not a key of an authority');
  const crv = `P-${type.slice(-3)}`;
  return createPublicKey({
    key: { kty: 'EC', crv, x: text(point.subarray(1, 1 + size)), y: text(point.subarray(1 + size)) },
    format: 'jwk',
  });
}
