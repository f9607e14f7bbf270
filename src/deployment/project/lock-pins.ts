/** The versions that a lock file pins, for people to compare. Nothing is installed by them. Pure. */
import { parseToml } from '../../text/toml';
import { normalizedName, type Requirements } from '../dependencies';

/** Of `uv.lock`, `poetry.lock` and `pdm.lock` (`[[package]]`), or of `pylock.toml` (`[[packages]]`). Never throws. */
export function parseLock(text: string): Requirements {
  const found: Requirements = { pins: new Map(), includes: [], loose: [] };
  try {
    const lock = parseToml(text);
    const packages = lock.package ?? lock.packages;
    for (const each of Array.isArray(packages) ? packages : []) {
      const { name, version } = each as Record<string, unknown>;
      if (typeof name !== 'string' || typeof version !== 'string') continue;
      const key = normalizedName(name);
      found.pins.set(key, [...new Set([...(found.pins.get(key) ?? []), version])].sort());
    }
  } catch {
    found.loose.push('the lock file is not TOML');
  }
  return found;
}
