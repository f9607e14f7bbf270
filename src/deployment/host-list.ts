/** A sentence names so many hosts at most. */
const MOST_NAMES = 20;

/**
 * `web1, web2 and 40 more hosts`.
 * @param unnamed hosts that are meant too, and whose names the caller does not have
 */
export function hostList(names: string[], unnamed = 0, separator = ', '): string {
  const shown = names.slice(0, MOST_NAMES);
  const more = names.length - shown.length + unnamed;
  if (more === 0) return shown.join(separator);
  if (shown.length === 0) return `${more} hosts`;
  return `${shown.join(', ')} and ${more} more ${more === 1 ? 'host' : 'hosts'}`;
}

/** ` on web1`; nothing without a host. */
export function onHost(host: string | null): string {
  return host === null ? '' : ` on ${host}`;
}
