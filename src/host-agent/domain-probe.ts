/** Whether users are served: a request from a host to its own proxy, under the domain. */
import { X509Certificate } from 'node:crypto';
import type { HostTarget } from '../config/deploy-input';
import type { HostConnections } from '../ssh/connections';
import { poll } from '../timing/poll';
import { callHelper } from './client';

/** The answer of a proxy to a request for one name. */
export interface DomainAnswer {
  name: string;
  /** HTTP status of the service, or of the proxy for it; null: there was no answer. */
  status: number | null;
  /** Null: the proxy has shown no certificate for that name. */
  certificate: {
    issuer: string;
    /** When it ends, as an ISO date. */
    until: string;
    /** Why the host does not trust it; null: it does. */
    distrusted: string | null;
  } | null;
  /** Why there was no answer, in words. */
  error: string | null;
}

const REQUEST_MS = 5_000;

/**
 * Asks the proxy of a host for each name of its domain. Read-only. Empty for a host without a domain.
 * @throws as callHelper
 */
export async function probeDomain(
  connections: HostConnections,
  host: HostTarget,
  service: string,
  path: string,
): Promise<DomainAnswer[]> {
  const { names = [], listen = null } = host.domain ?? {};
  const address = listen ?? '127.0.0.1';
  return Promise.all(
    names.map(async (name) => {
      const request = { name, address, path, timeoutMilliseconds: REQUEST_MS };
      const answer = await callHelper(connections, host, service, 'probe-domain', request);
      return { name, ...answer, certificate: certificateOf(answer) };
    }),
  );
}

/**
 * Asks until every name has a certificate and an answer of 2xx, because ACME takes a while.
 * @returns the last answers, good or not
 */
export async function awaitDomain(
  connections: HostConnections,
  host: HostTarget,
  service: string,
  path: string,
  limitMs: number,
): Promise<DomainAnswer[]> {
  let answers: DomainAnswer[] = [];
  const serves = async () => {
    answers = await probeDomain(connections, host, service, path);
    return answers.every(isServed) || null;
  };
  await poll(serves, { pause: 500, limit: limitMs });
  return answers;
}

/** Whether users of this name reach the service by TLS. A certificate of a private authority counts. */
export function isServed({ status, certificate }: DomainAnswer): boolean {
  return certificate !== null && status !== null && status >= 200 && status < 300;
}

/** `https://shop.example.com answers 200, certificate of R11 until 2027-02-24` */
export function domainInWords({ name, status, certificate, error }: DomainAnswer): string {
  const answer = status === null ? `does not answer: ${error ?? 'no reason is known'}` : `answers ${status}`;
  if (certificate === null) return `https://${name} ${answer}, and has no certificate`;
  const { issuer, until, distrusted } = certificate;
  const trust = distrusted === null ? '' : `, which this host does not trust (${distrusted})`;
  return `https://${name} ${answer}, certificate of ${issuer} until ${until.slice(0, 10)}${trust}`;
}

/** The certificate that a proxy has shown, for people; null for invalid bytes. Pure. */
export function certificateOf({
  certificate,
  distrusted,
}: {
  certificate: string | null;
  distrusted: string | null;
}): DomainAnswer['certificate'] {
  if (certificate === null) return null;
  try {
    const { issuer, validTo } = new X509Certificate(Buffer.from(certificate, 'base64'));
    return { issuer: commonName(issuer), until: new Date(validTo).toISOString(), distrusted };
  } catch {
    // The host chooses these bytes.
    return null;
  }
}

/** The name of an authority for people, made safe: a proxy may show any certificate. */
function commonName(issuer: string): string {
  const parts = new Map(issuer.split('\n').map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')]));
  const name = parts.get('CN') ?? parts.get('O') ?? 'an unnamed authority';
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
