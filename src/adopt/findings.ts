/** Findings about a service that was read, in an order that matters, each with the next step. Pure. */
import type { Facts } from './facts';
import type { Finding, Named } from './finding';
import { ofMachine, ofNeighbours } from './host-findings';
import { ofCheckout, ofPackages } from './tree-findings';
import { ofReadiness, ofServer, ofSettings, ofUnit } from './unit-findings';

/** All of them, errors first. */
export function findingsOf(facts: Facts, named: Named): Finding[] {
  const all = [
    ...ofUnit(facts),
    ...ofSettings(facts, named),
    ...ofCheckout(facts, named),
    ...ofReadiness(facts),
    ...ofServer(facts),
    ...ofPackages(facts),
    ...ofMachine(facts, named),
    ...ofNeighbours(facts),
  ];
  const level = { error: 0, warning: 1, note: 2 };
  return all.sort((a, b) => level[a.level] - level[b.level]);
}
