/** What this Landfall can do, asked of its own schema: a bench of an older one leaves out the rest and says so. */
import { configJsonSchema, knownKeys } from '../../src/config/json-schema';

export type Strategy = 'overlap' | 'restart';

export function knowsStrategy(strategy: Strategy): boolean {
  return strategies().includes(strategy);
}

export const KNOWS_SOAK = knownKeys().some((key) => key.join('.') === 'soak');

function strategies(): string[] {
  return configJsonSchema().properties?.strategy?.enum ?? [];
}
