import type { ServiceSettings } from './settings';

/** The settings are kept on a host with each good release, next to other records. */
const MOST_CHARACTERS = 50_000;

/**
 * About ten steps of each host carry the settings into the run's history. The engine ends a run whose history
 * is larger than 50 MB, without its undo.
 */
const MOST_BYTES_OF_ALL_HOSTS = 2_000_000;

/** @returns why these settings are too long for so many hosts; null when they are not */
export function problemOfLength(settings: ServiceSettings, hosts: number): string | null {
  const json = JSON.stringify(settings);
  if (json.length > MOST_CHARACTERS)
    return `makes the settings ${json.length} characters long together; allowed: ${MOST_CHARACTERS}, because they are kept with each release. Put long values into a file of the release`;
  const [bytes, most] = [Buffer.byteLength(json), Math.floor(MOST_BYTES_OF_ALL_HOSTS / Math.max(hosts, 1))];
  if (bytes <= most) return null;
  return `makes the settings ${bytes} bytes long together; allowed with ${hosts} hosts: ${most}, because a step on each host carries them. Put long values into a file of the release`;
}
