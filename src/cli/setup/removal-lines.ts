/** The plan and the result of a removal as lines for a terminal. Pure. */
import type { Setup } from '../../contract/contract-types';

interface Of {
  service: string;
  host: string;
  /** The user that logs in. */
  as: string;
  /** Whether the data of the service goes, too. */
  data: boolean;
}

/** Before the question. */
export function removalLines({ host, as }: Of, { actions, stays = [] }: Setup['result']): string[] {
  return [
    `On ${host}, as ${as}:`,
    ...actions.map(({ what }) => `  - ${what}`),
    ...(stays.length === 0 ? [] : ['These stay:', ...stays.map((sentence) => `  = ${sentence}`)]),
  ];
}

export function nothingLeft({ service, host }: Of, { stays = [] }: Setup['result']): string {
  return stays.length === 0
    ? `Nothing of Landfall is on ${host} for ${service}.`
    : `Landfall has nothing else on ${host} for ${service}.`;
}

export function removalQuestion({ service, host, data }: Of): string {
  return data
    ? `Remove all of this from ${host}? The data, variables and users of ${service} listed above are deleted permanently.`
    : `Remove all of this from ${host}? The data of ${service} stays.`;
}

/** Afterwards: the things that stay now, which only the removal itself knows for certain. */
export function removedLines({ service, host }: Of, { stays = [] }: Setup['result']): string[] {
  if (stays.length === 0) return [`Done: nothing of Landfall is left on ${host} for ${service}.`];
  return [
    `Done: ${service} is removed from ${host}. These stay:`,
    ...stays.map((sentence) => `  = ${sentence}`),
  ];
}
