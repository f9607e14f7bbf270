/** OpenSSH's known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): which key a host must show. Pure. */
import { createHash, createHmac } from 'node:crypto';

/** A known_hosts file: its path, for errors, and its content. */
export interface KnownHostsFile {
  file: string;
  content: string;
}

interface Entry {
  file: string;
  line: number;
  marker: string | null;
  patterns: string[];
  keyType: string;
  /** The public key, base64 as in the file. */
  key: string;
}

export type Verdict =
  | { verdict: 'match' }
  /** `file` and `line` of the entry that says otherwise, `fingerprint` of the key it names. */
  | { verdict: 'mismatch'; file: string; line: number; fingerprint: string }
  | { verdict: 'revoked'; file: string; line: number }
  /** `authority`: the entry of a certificate authority that may certify the host (`@cert-authority`); null: none. */
  | { verdict: 'unknown'; authority: { file: string; line: number } | null };

/** The entries of known_hosts files; lines that OpenSSH would skip are skipped. */
export class KnownHosts {
  private readonly entries: Entry[];

  constructor(files: KnownHostsFile[]) {
    this.entries = files.flatMap(({ file, content }) =>
      content.split('\n').flatMap((text, index) => parseLine(text, file, index + 1)),
    );
  }

  /** Whether this is the key that the file knows for the host. @param key as sent by the server */
  check(host: string, port: number, key: Buffer): Verdict {
    const encoded = key.toString('base64');
    const entries = this.entriesFor(host, port);
    const revoked = entries.find((entry) => entry.marker === '@revoked' && entry.key === encoded);
    if (revoked !== undefined) return { verdict: 'revoked', file: revoked.file, line: revoked.line };
    const trusted = entries.filter((entry) => entry.marker === null);
    if (trusted.some((entry) => entry.key === encoded)) return { verdict: 'match' };
    const type = keyTypeOf(key);
    const other = trusted.find((entry) => entry.keyType === type) ?? trusted[0];
    if (other === undefined) {
      const authority = entries.find((entry) => entry.marker === '@cert-authority');
      return {
        verdict: 'unknown',
        authority: authority === undefined ? null : { file: authority.file, line: authority.line },
      };
    }
    const fingerprint = fingerprintOf(Buffer.from(other.key, 'base64'));
    return { verdict: 'mismatch', file: other.file, line: other.line, fingerprint };
  }

  /** The keys of the authorities that may certify a host (`@cert-authority`), without the revoked ones. */
  authorities(host: string, port: number): Buffer[] {
    const entries = this.entriesFor(host, port);
    const revoked = entries.filter(({ marker }) => marker === '@revoked').map(({ key }) => key);
    return entries
      .filter(({ marker, key }) => marker === '@cert-authority' && !revoked.includes(key))
      .map(({ key }) => Buffer.from(key, 'base64'));
  }

  /** Key types known for a host: asked for first, so that a server with several keys shows a known one. */
  keyTypes(host: string, port: number): string[] {
    const trusted = this.entriesFor(host, port).filter((entry) => entry.marker === null);
    return [...new Set(trusted.map((entry) => entry.keyType))];
  }

  /** Those of `[host]:port`; where there are none those of the plain name, as OpenSSH does. */
  private entriesFor(host: string, port: number): Entry[] {
    const plain = this.entriesNamed(host.toLowerCase());
    if (port === 22) return plain;
    const exact = this.entriesNamed(`[${host.toLowerCase()}]:${port}`);
    return exact.some((entry) => entry.marker === null) ? exact : [...exact, ...plain];
  }

  private entriesNamed(name: string): Entry[] {
    return this.entries.filter((entry) => matchesAny(entry.patterns, name));
  }
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The algorithm name at the beginning of a public key's wire form (RFC 4253, 6.6). */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function parseLine(text: string, file: string, line: number): Entry[] {
  const words = text.trim().split(/\s+/);
  if (words[0] === undefined || words[0] === '' || words[0].startsWith('#')) return [];
  const marker = words[0].startsWith('@') ? (words.shift() ?? null) : null;
  const [hosts, keyType, key] = words;
  if (hosts === undefined || keyType === undefined || key === undefined) return [];
  return [
    {
      file,
      line,
      marker,
      patterns: hosts.split(','),
      keyType,
      key: Buffer.from(key, 'base64').toString('base64'),
    },
  ];
}

/** A negated pattern that matches excludes the line, wherever it stands. */
function matchesAny(patterns: string[], name: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  if (pattern.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = pattern.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const expression = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`).test(name);
}
