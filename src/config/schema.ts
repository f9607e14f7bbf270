import { z } from 'zod';
import { isHostAddress, isLoginName, NAME_PATTERN, parseSshAddress } from './address';
import { DEFAULTS } from './defaults';
import { bind, insideRelease, key, listOf, map, text, wholeNumber } from './forms';
import { settings } from './settings-schema';

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
        name: text('a name such as web1', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/).meta({
          description: 'How the host is called in output and errors; unique in its environment.',
        }),
        address: key(
          text('a DNS name or an IP address', /^\S+$/, isHostAddress),
          'What SSH connects to. Default: the name.',
        ),
        port: key(wholeNumber(1, 65_535), 'SSH port.', DEFAULTS.ssh.port),
        user: key(
          text('a user name other than root, such as deploy', NAME_PATTERN, isLoginName),
          'The user that Landfall logs in as.',
          DEFAULTS.ssh.user,
        ),
        bind: key(bind, 'Where the service listens on this host, if not as on the others.'),
      }),
    ],
    { error: HOST_FORMS },
  )
  .meta({ id: 'host' });

const environment = map({
  hosts: listOf(host, 'a list of at least one host', 1).meta({
    description: 'The machines: [user@]address[:port], or a map for what a string cannot say.',
  }),
  batch: key(wholeNumber(1, 1000), 'How many hosts are released at a time.', DEFAULTS.batch),
  ...settings,
}).meta({ id: 'environment' });

const NAME_FORM = 'lower-case letters, digits and -, beginning with a letter, at most 31';

/** The whole file. */
export const fileSchema = map({
  service: text(`a name such as shop: ${NAME_FORM}`, NAME_PATTERN).meta({
    description: 'Name of the service; its user, directory and unit are named after it.',
  }),
  repository: text(
    'a Git address such as git@github.com:acme/shop.git or https://…, or an absolute path on the controller',
    /^((https|ssh|git|file):\/\/[^\s]+|\/\S*|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:(?!-)\S+)$/,
  ).meta({
    description: 'The Git repository, as the controller reaches it. Never with a password in it.',
  }),
  path: key(insideRelease, 'Folder of the service inside the repository. Default: its root.'),
  ...settings,
  environments: z
    .record(text(`names of environments: ${NAME_FORM}`, NAME_PATTERN), environment, {
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
