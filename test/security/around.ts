/** The state of a host outside the places of the service `shop`, to compare it with a later state. */
import type { ServiceHost } from '../host/landfall-host/service-host';

const ROOTS =
  '/etc /usr/local /opt /root /home /boot /srv /var/lib/landfall /var/spool /var/tmp /tmp /run/landfall /run/systemd/system /run/systemd/system.control /run/systemd/transient';

/** The paths that the helper may make and remove for this service. */
const OWN = [
  /^\/srv\/shop\//,
  /^\/var\/lib\/landfall\/shop\//,
  /^\/etc\/systemd\/system\/shop(@\d+-[0-9a-f]+)?\.(service|socket)$/,
  /^\/etc\/systemd\/system\/[a-z.-]+\.wants\/shop\.(service|socket)$/,
  /^\/run\/systemd\/system\.control\/shop\.(service|socket)$/,
  /^\/run\/systemd\/(system|transient)\/landfall-job-shop-[a-z0-9-]+\.service$/,
  /^\/run\/landfall\/trials\/shop@\d+-[0-9a-f]+$/,
  /^\/run\/landfall\/services\/shop(\/|$)/,
  /^\/(var\/)?tmp\/systemd-private-/,
  // Logins, also our own.
  /^\/run\/systemd\/transient\/session-\d+\.scope$/,
];

/** Directories in which that happens, or which the service owns: when they were changed tells nothing. */
const CHANGING = [
  /^\/(srv|var\/lib\/landfall)\/shop$/,
  /^\/etc\/systemd\/system(\/[a-z.-]+\.wants)?$/,
  /^\/run\/systemd\/(system|transient)$/,
  /^\/(var\/)?tmp$/,
];

/** Made with the first release that needs them; they have to be root's. */
const MADE = [/^\/run\/landfall(\/trials|\/services|\/verify)?$/, /^\/run\/systemd\/system\.control$/];

/** One line for each file: kind, mode, owner, path, where it leads; and what tells whether its content was changed. */
export async function around(shop: ServiceHost): Promise<string[]> {
  const listed = await shop.root(
    `find ${ROOTS} -xdev -printf '%y %m %U:%G %n %s %T@ %p -> %l\\0' 2>/dev/null | sort -z -k 7`,
  );
  const isOneOf = (patterns: RegExp[], path: string) => patterns.some((pattern) => pattern.test(path));
  return listed.split('\0').flatMap((line) => {
    const [kind, mode, owner, links, size, at, ...rest] = line.split(' ');
    // How large a directory is depends on where the file system has it.
    const content = kind === 'd' ? [at] : [links, size, at];
    const path = rest.join(' ').replace(/ -> .*$/, '');
    if (isOneOf(OWN, path)) return [];
    if (isOneOf(MADE, path) && line.startsWith('d 755 0:0 ')) return [];
    return [[kind, mode, owner, ...(isOneOf(CHANGING, path) ? [] : content), ...rest].join(' ')];
  });
}

/** Every unit of other services, with its current start. */
export async function otherUnits(shop: ServiceHost): Promise<string[]> {
  const shown = await shop.root(
    `systemctl show --property=Id,ActiveState,InvocationID,UnitFileState 'ssh.*' 'dbus.*' 'systemd-journald.*' 'systemd-logind.*' 'cron.*' 'cart*'`,
  );
  return shown.split('\n\n');
}

/** The entries that were added or removed. */
export function differences(before: string[], after: string[]): string[] {
  const [had, has] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !has.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !had.has(line)).map((line) => `+ ${line}`),
  ];
}
