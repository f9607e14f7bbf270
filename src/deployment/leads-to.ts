import { hostList } from './host-list';
import type { Choice, DeployStatus, HostState } from './status';
import { namedAndOthers } from './status-summary';

/** The effect of a decision, for the operator, at the moment of the decision. Pure. */
export function leadsTo(choice: Choice, status: DeployStatus): string {
  const finishing = status.phase === 'finish';
  switch (choice) {
    case 'retry': {
      const left = hostsWhere(status, isLeft);
      return finishing
        ? `Marking the new release good is tried again on ${left}.`
        : `The rollback of ${left} is tried again.`;
    }
    case 'accept':
      return 'The deploy ends as accepted, with exit code 4, and every host stays as it stands.';
    case 'go-forward': {
      // A host that another deploy owns is `unknown`, and is left to that one.
      const hosts = hostsWhere(status, (state) => state !== 'unknown' && !(finishing && state === 'good'));
      return `The new release is put in service once more on ${hosts}.`;
    }
    default:
      return unknownChoice(choice);
  }
}

/** A choice that no validator has let in: it must never count as another one. */
export function unknownChoice(choice: never): never {
  throw new Error(`there is no choice ${String(choice)}`);
}

function isLeft(state: HostState): boolean {
  return state === 'needs-operator' || state === 'unreachable';
}

function hostsWhere(status: DeployStatus, holds: (state: HostState) => boolean): string {
  const { names, others } = namedAndOthers(status, holds);
  return hostList(names, others) || 'no host';
}
