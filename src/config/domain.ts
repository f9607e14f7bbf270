/** The key `domain`: the names under which a proxy of the host serves a service. */
import { z } from 'zod';
import { TYPES } from '../contract/contract';
import type { Domain } from '../contract/contract-types';
import { form, listOf, oneOf, type ValueOf } from './form';
import { map, optional, required, section } from './map';
import { absolutePath, acmeDirectory, domainName, emailAddress, ipAddress } from './values';

const NAMES_FORM = 'a domain name such as shop.example.com, or a list of 1 to 20';
const someNames = listOf(domainName, NAMES_FORM, [1, TYPES.domain.fields.names.most]);
const names = form(
  z.union([domainName.written, someNames.written], { error: NAMES_FORM }),
  () => someNames.value(),
  (written) => (typeof written === 'string' ? [written] : written),
);

const acme = map(
  {
    directory: optional(
      acmeDirectory,
      'The ACME directory of another authority, such as a private one.',
      "Let's Encrypt",
    ),
    email: optional(emailAddress, 'Whom the authority tells of certificates that end.'),
    ca: optional(
      absolutePath,
      "A file of the host: the certificate (PEM) that proves the directory's own. With `directory`.",
      'the authorities of the host',
    ),
  },
  'acme',
);

const certificate = map({
  cert: required(absolutePath, 'A file of the host: the certificate with its chain (PEM).'),
  key: required(absolutePath, 'A file of the host: its private key (PEM).'),
});

const whole = map(
  {
    name: required(names, 'The names under which users reach the service. Their DNS leads to the host.'),
    proxy: optional(
      oneOf('caddy', 'nginx'),
      'The proxy that `landfall setup` puts in front.',
      'nginx where the host runs it, else Caddy',
    ),
    listen: optional(ipAddress, 'Where the proxy listens, on ports 80 and 443.', 'every address of the host'),
    acme: section(acme, 'Where the certificates come from.'),
    certificate: optional(certificate, 'A certificate of your own, which the proxy takes instead of ACME.'),
  },
  'domain',
);

const DOMAIN_FORM = `shop.example.com, or a map with ${Object.keys(whole.written.shape).join(', ')}`;
const written = z.union(
  [
    domainName.written,
    whole.written
      .refine((map) => map.acme === undefined || map.certificate === undefined, {
        error: 'either acme or certificate',
      })
      .refine((map) => map.acme?.ca === undefined || map.acme.directory !== undefined, {
        error: 'ca only with directory',
      }),
  ],
  { error: DOMAIN_FORM },
);

const value = (): z.ZodType<Domain> =>
  z.object({
    names: someNames.value(),
    proxy: z.enum(['caddy', 'nginx']).nullable(),
    listen: ipAddress.value().nullable(),
    acme: acme.value(),
    certificate: certificate.value().nullable(),
  });

export const domain = form(written, value, (written, defaults): Domain => {
  const { name, ...rest } = whole.read(typeof written === 'string' ? { name: written } : written, defaults);
  return { names: name, ...rest };
});

/** The names under which a proxy of the host serves a service, and how. */
export type ServedDomain = ValueOf<typeof domain>;
