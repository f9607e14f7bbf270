/** Whether a key may ask for a command. Pure. */
import { type Asked, overruling } from './grammar';
import type { KeyPolicy } from './policy';

/**
 * Why a key may not; null: it may. The answer names only what the caller has said, so it tells nothing about other
 * services.
 */
export function refusalFor(name: string, key: KeyPolicy, asked: Asked): string | null {
  if (key.operator) return null;
  const { command, service, environment } = asked;
  const begin = `The key ${name} may not`;
  if (!key.services.includes(service)) return `${begin} do anything with ${service}.`;
  if (!key.environments.includes(environment)) return `${begin} do anything in ${environment}.`;
  if (!key.commands.some((grant) => grant.split(' ')[0] === command)) return `${begin} ${command}.`;
  const missing = overruling(asked).find((option) => !key.commands.includes(`${command} ${option}`));
  return missing === undefined ? null : `${begin} ${command} with ${missing}.`;
}
