import type { DependentUnit } from '../../contract/contract-types';

/** For people: a part for each outcome of the units that run from the live release and that Landfall did not write. */
export function dependentsInWords(dependents: DependentUnit[]): string[] {
  const named = (did: DependentUnit['did']) =>
    dependents
      .filter((dependent) => dependent.did === did)
      .map(({ unit }) => unit)
      .join(', ');
  const words = {
    restarted: (units: string) =>
      `restarted ${units}, which runs from the live release (processes: would make it a part of the release)`,
    left: (units: string) => `${units} lags: it runs from an earlier release (dependentUnits: leave)`,
    root: (units: string) =>
      `${units} lags: it runs from an earlier release as root; restart it: systemctl restart ${units.replaceAll(',', '')}`,
    failed: (units: string) =>
      `${units} lags: systemd did not restart it; restart it: systemctl restart ${units.replaceAll(',', '')}`,
  };
  return (['restarted', 'left', 'root', 'failed'] as const)
    .map((did) => (named(did) === '' ? '' : words[did](named(did))))
    .filter((part) => part !== '');
}
