/** The request for the unit of a release, and the line for people about the answer. */
import type { ServiceSettings } from '../config/deploy-input';
import type { InstalledUnit, UnitRequest } from '../contract/contract-types';
import { serverOf } from '../deployment/server';
import type { Listens } from '../deployment/server-command';
import { processValues } from '../host-agent/unit';
import type { Claimed } from './step';

export interface RenderUnitInput extends Claimed {
  release: string;
  commit: string;
  settings: ServiceSettings;
  /** Where the service runs; null, or absent: in its release. */
  directory?: string | null;
}

export function unitRequest(input: RenderUnitInput, listens: Listens): Omit<UnitRequest, 'claim'> {
  const { settings, release, commit, host, directory } = input;
  const process = processValues(settings, listens, host.bind);
  return { release, commit, address: host.bind, process, ...(directory ? { directory } : {}) };
}

/** How much changes, and what people should know. */
export function unitNote(
  settings: ServiceSettings,
  { changed, added, removed, warnings }: InstalledUnit,
): string {
  const preload = serverOf(settings).preload
    ? ['preload is on: one import error stops every worker, and a reload does not take new code']
    : [];
  const changes = changed ? `+${added} −${removed}` : 'unchanged';
  return [changes, ...preload, ...warnings].join('; ');
}
