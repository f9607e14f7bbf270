/** Versions of Python, and the specifiers of `requires-python`. Pure. */

/** `3.12.4`, or `3.13.0rc1`; further parts are dropped. */
const VERSION = /^(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?((?:a|b|rc)\d{1,5})?/;

export interface Version {
  /** Two or three numbers, as written. */
  parts: number[];
  /** An alpha, beta or candidate: chosen only where it is named. */
  isPre: boolean;
}

/** null: it is not a version. */
export function parseVersion(text: string): Version | null {
  const found = VERSION.exec(text.trim());
  if (found === null) return null;
  const parts = found.slice(1, 4).flatMap((part) => (part === undefined ? [] : [Number(part)]));
  return { parts, isPre: found[4] !== undefined };
}

/** Below 0: the first is older. A part that is not written counts as 0. */
export function compareVersions(one: number[], other: number[]): number {
  for (const at of [0, 1, 2]) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is `3.12` (any of its releases) or `3.12.4` (that one). */
export function isOf(version: string, wanted: string): boolean {
  const [found, asked] = [parseVersion(version), parseVersion(wanted)];
  return found !== null && asked !== null && begins(found.parts, asked.parts);
}

/**
 * Whether a version fits all specifiers, such as `>=3.11,<3.14` or `~=3.11.2`.
 * A specifier of another form is left to the installer, which refuses what does not fit.
 * https://packaging.python.org/en/latest/specifications/version-specifiers/
 */
export function fits(version: string, specifiers: string): boolean {
  const found = parseVersion(version);
  if (found === null) return true;
  return specifiers.split(',').every((each) => {
    const [, operator, written] = /^\s*(~=|={2,3}|!=|<=|>=|<|>)\s*(\S+)\s*$/.exec(each) ?? [];
    const wanted = written === undefined ? null : parseVersion(written);
    if (operator === undefined || written === undefined || wanted === null) return true;
    return compares(found.parts, operator, wanted.parts, written.endsWith('.*'));
  });
}

function compares(found: number[], operator: string, wanted: number[], isPrefix: boolean): boolean {
  const order = compareVersions(found, wanted);
  const isEqual = isPrefix ? begins(found, wanted) : order === 0;
  switch (operator) {
    case '~=':
      return order >= 0 && begins(found, wanted.slice(0, -1));
    case '!=':
      return !isEqual;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    default:
      return isEqual;
  }
}

function begins(version: number[], beginning: number[]): boolean {
  return beginning.every((part, at) => (version[at] ?? 0) === part);
}
