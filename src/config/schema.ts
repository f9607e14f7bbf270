import { z } from 'zod';
import { isHostAddress, parseSshAddress } from './address';
import { DEFAULTS } from './defaults';
import { bind, insideRelease, key, listOf, map, text, wholeNumber } from './forms';
import { settings } from './settings-schema';
import { environmentName, hostName, repository, serviceName, userName } from './values';

/**
 * The shape of `landfall.yaml` as it is written: no conversion and no default is applied here,
 * so that an environment's settings can be laid over the service's first.
 * Every key has a description (editors show it) and every value says what is allowed (errors
 * show it). What depends on more than one key is in `checks.ts`.
 */

const HOST_FORMS =
  'a host such as web1.example.com, deploy@web1:2222 or [::1]:22, or a map with name, address, port, user, bind';
const host = z
  .union(
    [
      text(HOST_FORMS, /^\S+$/, (value) => parseSshAddress(value) !== null),
      map({
        name: hostName.meta({
          description: 'How the host is called in output and errors; unique in its environment.',
        }),
        address: key(
          text('a DNS name or an IP address', /^\S+$/, isHostAddress),
          'What SSH connects to. Default: the name.',
        ),
        port: key(wholeNumber(1, 65_535), 'SSH port.', DEFAULTS.ssh.port),
        user: key(userName, 'The user that Landfall logs in as.', DEFAULTS.ssh.user),
        bind: key(bind, 'Where the service listens on this host, if not as on the others.'),
      }),
    ],
    { error: HOST_FORMS },
  )
  .meta({ id: 'host' });

const environment = map({
  hosts: listOf(host, 'a list of 1 to 500 hosts', 1, 500).meta({
    description: 'The machines: [user@]address[:port], or a map for what a string cannot say.',
  }),
  batch: key(wholeNumber(1, 1000), 'How many hosts are released at a time.', DEFAULTS.batch),
  ...settings,
}).meta({ id: 'environment' });

/** The whole file. */
export const fileSchema = map({
  service: serviceName.meta({
    description: 'Name of the service; its user, directory and unit are named after it.',
  }),
  repository: repository.meta({
    description: 'The Git repository, as the controller reaches it. Never with a password in it.',
  }),
  path: key(insideRelease, 'Folder of the service inside the repository. Default: its root.'),
  ...settings,
  environments: z
    .record(environmentName, environment, {
      error: 'a map of environments such as production',
    })
    .refine((environments) => Object.keys(environments).length > 0, { error: 'at least one environment' })
    .meta({
      description:
        'Where to deploy: hosts, and settings that differ there; maps are merged, all else is replaced.',
    }),
});

/** `landfall.yaml` as written, its shape checked. */
export type FileShape = z.infer<typeof fileSchema>;
export type EnvironmentShape = z.infer<typeof environment>;
export type HostShape = z.infer<typeof host>;
/** The service's settings, or an environment's differences from them. */
export type SettingsShape = Omit<EnvironmentShape, 'hosts' | 'batch'>;
