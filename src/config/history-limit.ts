import type { ServiceSettings } from './settings';

/** The engine ends a run at 51,200 events, without its undo. */
const MOST_EVENTS = 50_000;

/** A deploy that is rolled back has 53 events for each host (bench/scale), and one outage of the host 16. */
const EVENTS_FOR_EACH_HOST = 70;

/** A soak is a step an hour. A step that ends alone is six events. */
const EVENTS_FOR_EACH_HOUR = 6;
const HOUR_MS = 3_600_000;

/** So many hosts fit into one run without a soak. Why a run is not divided: docs/architecture.md, Many hosts. */
export const MOST_HOSTS = 700;

/** @returns why a soak of this time is too long for so many hosts; null when it is not */
export function problemOfSoak({ soak }: Pick<ServiceSettings, 'soak'>, hosts: number): string | null {
  if (soak === null) return null;
  const most = Math.floor((MOST_EVENTS / hosts - EVENTS_FOR_EACH_HOST) / EVENTS_FOR_EACH_HOUR);
  if (Math.ceil(soak.time / HOUR_MS) <= most) return null;
  return `is too long for ${hosts} hosts; allowed with so many: ${most}h, because one run holds ${MOST_EVENTS} events. Shorten soak.time, or make two environments of these hosts`;
}
