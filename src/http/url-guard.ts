/**
 * Decides which addresses the controller asks when `landfall.yaml` names a URL. The controller reaches services
 * that the author of that file may not reach: cloud metadata, and services on the controller's own loopback.
 */
import { lookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { fail } from '../deployment/failures';

/** Hosts, with or without a port, that are asked at any address: `127.0.0.1:8080`, `proxy.internal`. */
export type AllowedUrls = ReadonlySet<string>;

const REFUSED: [kind: string, list: BlockList][] = [
  // "This host" reaches loopback as well, and so do IPv4 addresses within IPv6 ones.
  [
    "the controller's own loopback",
    listOf('127.0.0.0/8', '0.0.0.0/8', '::/96', '64:ff9b::7f00:0/104', '64:ff9b::/104'),
  ],
  ['a link-local address', listOf('169.254.0.0/16', 'fe80::/10', '64:ff9b::a9fe:0/112')],
  // The link-local ones of these are known by their kind.
  [
    'a cloud metadata service',
    listOf(
      '100.100.100.200/32',
      '168.63.129.16/32',
      'fd00:ec2::254/128',
      'fd20:ce::254/128',
      'fd00:c1::a9fe:a9fe/128',
      'fd00:42::42/128',
    ),
  ],
];

function listOf(...subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}

/**
 * @param text `LANDFALL_ALLOW_URLS`: hosts as they stand in the URLs, with or without a port, separated by commas
 * @throws InvalidInput for what is not a host
 */
export function allowedUrlsFrom(text: string | undefined): AllowedUrls {
  const entries = (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return new Set(entries.map(normalized));
}

/** As URLs are compared: `LOCALHOST:80` is `localhost:80`, and `0x7f.1` is `127.0.0.1`. */
function normalized(entry: string): string {
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : null;
  if (url !== null && url.pathname === '/' && !/[/?#@]/.test(entry))
    return /:\d+$/.test(entry) ? `${url.hostname}:${portOf(url)}` : url.hostname;
  throw fail(
    'InvalidInput',
    `LANDFALL_ALLOW_URLS has ${JSON.stringify(entry.slice(0, 60))}, which is not a host.`,
    {
      host: null,
      advice:
        'Write hosts, with or without a port, separated by commas: LANDFALL_ALLOW_URLS=127.0.0.1:8080,proxy.internal',
    },
  );
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** Whether the controller's own settings let this URL be asked wherever it leads. */
function isAllowed(url: URL, allowed: AllowedUrls): boolean {
  return allowed.has(url.hostname) || allowed.has(`${url.hostname}:${portOf(url)}`);
}

/** Why an address is refused; null: it is allowed. */
export function refusalOf(address: string): string | null {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  // A zone such as %eth0 is part of no list.
  const bare = address.replace(/%.*/, '');
  return REFUSED.find(([, list]) => list.check(bare, family))?.[0] ?? null;
}

/** A refused address; the message says why, and which setting allows it. */
export class UrlRefused extends Error {
  override readonly name = 'UrlRefused';

  constructor(url: URL, address: string, kind: string) {
    const leads = url.hostname === address ? 'is' : `leads to ${address},`;
    const entry = `${url.hostname}:${portOf(url)}`;
    super(
      `${url.hostname} ${leads} ${kind}, which Landfall does not ask; LANDFALL_ALLOW_URLS=${entry} on the worker allows it`,
    );
  }
}

/**
 * A look-up of the addresses of this URL's host, for the very connection that asks the host. There is no
 * second look-up, which could have another answer.
 * @throws UrlRefused at once when the URL names a refused address itself
 */
export function guardedLookup(url: URL, allowed: AllowedUrls): LookupFunction {
  const free = isAllowed(url, allowed);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const refused = isIP(literal) === 0 ? null : refusalOf(literal);
  if (refused !== null && !free) throw new UrlRefused(url, url.hostname, refused);
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      for (const { address } of free ? [] : found) {
        const kind = refusalOf(address);
        // One bad address among good ones is an attack or a mistake: no address is asked then.
        if (kind !== null) return callback(new UrlRefused(url, address, kind), '', 0);
      }
      const [first] = found;
      if (first === undefined) return callback(new Error(`${hostname} has no address`), '', 0);
      return options.all ? callback(null, found) : callback(null, first.address, first.family);
    });
  };
}

/**
 * Looks a URL up as {@link guardedLookup} does, before the deploy depends on it. A name without an address is
 * accepted, because the address may appear later.
 * @param key the key of landfall.yaml that names the URL
 * @throws InvalidInput for a refused address
 */
export async function checkUrl(key: string, text: string, allowed: AllowedUrls): Promise<void> {
  try {
    const url = new URL(text);
    const look = guardedLookup(url, allowed);
    if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) return;
    await new Promise<void>((resolve, reject) => {
      look(url.hostname, { all: true }, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    if (!(error instanceof UrlRefused)) return;
    throw fail('InvalidInput', `${key}: ${error.message}.`, {
      host: null,
      advice: `Correct ${key} in landfall.yaml, or set LANDFALL_ALLOW_URLS where the worker runs.`,
    });
  }
}
