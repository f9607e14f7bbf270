/** The whole of `landfall.yaml`: the service, its environments, and their hosts. */

import { z } from 'zod';
import { parseSshAddress } from './address';
import { CONTROLLER_FORM, parseController } from './controller-address';
import { domain } from './domain';
import { form, listOf, same, text, type ValueOf, wholeNumber } from './form';
import { MOST_HOSTS } from './history-limit';
import { key, map, optional, required } from './map';
import { commonKeys } from './settings';
import {
  accepted,
  bind,
  environmentName,
  hostAddress,
  hostName,
  insideRelease,
  port,
  repository,
  serviceName,
  userName,
} from './values';

/** `<name>` is the host's own; `<bind>` is what its environment, or the service, says. */
const machine = map({
  name: required(hostName, 'How the host is called in output and errors. Unique in its environment.'),
  address: key(hostAddress, '<name>', 'The address or name for SSH.'),
  port: optional(port, 'SSH port.', "that of the controller's `~/.ssh/config`, else 22"),
  user: optional(
    userName,
    'The user that Landfall logs in as.',
    "that of the controller's `~/.ssh/config`, else `deploy`",
  ),
  bind: key(bind, '<bind>', 'Where the service listens on this host, if not as on the others.'),
  domain: optional(domain, 'The domain of this host, if not that of the others.', "the environment's"),
});

type Machine = ValueOf<typeof machine>;
/** Setup, plan and doctor alone look at the domain. A run that an older version began has none. */
type Target = Omit<Machine, 'domain'> & Partial<Pick<Machine, 'domain'>>;

const HOST_FORMS = `a host such as web1.example.com, deploy@web1:2222 or [::1]:22, or a map with ${Object.keys(machine.written.shape).join(', ')}`;

export const host = form(
  z
    .union(
      [text(HOST_FORMS, /^\S+$/, (written) => parseSshAddress(written) !== null).written, machine.written],
      { error: HOST_FORMS },
    )
    .meta({ id: 'host' }),
  (): z.ZodType<Target> => machine.value(),
  (written, names): Target => {
    const host = typeof written === 'string' ? fromText(written) : written;
    return machine.read(host, { ...names, name: host.name });
  },
);

function fromText(written: string): z.output<typeof machine.written> {
  const { address, user, port } = accepted(parseSshAddress(written));
  return { name: address, address, user: user ?? undefined, port: port ?? undefined };
}

const fewEnough = `a list of 1 to ${MOST_HOSTS} hosts, because one run holds no more. Divide more hosts among several environments`;
export const hosts = listOf(host, fewEnough, [1, MOST_HOSTS]);
export const batch = wholeNumber({ minimum: 1, maximum: 1000 });

const placeKeys = {
  hosts: required(hosts, 'The machines: `[user@]address[:port]`, or a map for what a string cannot say.'),
  batch: key(batch, 1, 'How many hosts are released at a time.'),
  domain: optional(
    domain,
    'The domain under which users reach the service. `landfall setup` puts Caddy or nginx with TLS in front.',
    'setup changes no proxy',
  ),
};
/** The keys of an environment for its machines. */
export const place = map(placeKeys);
const environment = map({ ...placeKeys, ...commonKeys }, 'environment');

const controller = form(
  text(CONTROLLER_FORM, /^ssh:\/\//, (written) => parseController(written) !== null).written,
  () => z.object({ host: z.string(), user: z.string().nullable(), port: z.number().nullable() }),
  (written) => accepted(parseController(written)),
);

/** `landfall.yaml` as written: no default is applied, so that an environment can be laid over the service. */
export const fileSchema = map({
  service: required(serviceName, 'Name of the service. Its user, directory and unit are named after it.'),
  repository: required(
    repository,
    'The Git repository, as the controller reaches it. Never with a password in it.',
  ),
  path: optional(insideRelease, 'Folder of the service inside the repository.', 'its root'),
  controller: optional(
    controller,
    'Where commands reach the controller over SSH: `ssh://[user@]host[:port]`. `LANDFALL_CONTROLLER` and `TEMPORAL_ADDRESS` count first.',
    'an engine on this machine',
  ),
  ...commonKeys,
  environments: required(
    same(
      z
        .record(environmentName.written, environment.written, {
          error: 'a map of environments such as production',
        })
        .refine((environments) => Object.keys(environments).length > 0, {
          error: 'at least one environment',
        }),
    ),
    'Where to deploy: hosts, and settings that differ there. Maps are merged, all else is replaced.',
  ),
}).written;

export type WrittenFile = z.output<typeof fileSchema>;
export type WrittenEnvironment = z.output<typeof environment.written>;
