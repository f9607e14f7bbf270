import type { ServiceSettings } from './settings';

/** The settings are kept on a host with each good release, next to other records. */
const MOST_CHARACTERS = 50_000;

/**
 * A step on every host may be scheduled in one answer to the engine, each with the settings. The engine
 * takes 4 MB; without the rest that an answer holds, this is safe.
 */
const MOST_BYTES_IN_ONE_ANSWER = 2_000_000;

/** @returns why these settings are too long for so many hosts; null when they are not */
export function problemOfLength(settings: ServiceSettings, hosts: number): string | null {
  const json = JSON.stringify(settings);
  if (json.length > MOST_CHARACTERS)
    return `makes the settings ${json.length} characters long together; allowed: ${MOST_CHARACTERS}, because they are kept with each release. Put long values into a file of the release`;
  const [bytes, most] = [Buffer.byteLength(json), Math.floor(MOST_BYTES_IN_ONE_ANSWER / Math.max(hosts, 1))];
  if (bytes <= most) return null;
  return `makes the settings ${bytes} bytes long together; allowed with ${hosts} hosts: ${most}, because a step on each host carries them. Put long values into a file of the release`;
}
