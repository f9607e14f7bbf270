/** The version that a commit has by its tags, as setuptools-scm gives it. Pure. */

/**
 * Of `git describe --tags --long`: `v1.4.2-0-g3fa9c1e` is 1.4.2, and five commits later it is `1.4.3.dev5+g3fa9c1e`.
 * null: the tag names no version.
 */
export function gitVersion(described: string): string | null {
  const [, tag = '', distance = '', commit = ''] = /^(.+)-(\d+)-(g[0-9a-f]+)\s*$/.exec(described) ?? [];
  const version = /(?:^|[-_/])v?(\d+(?:\.\d+)*)((?:(?:a|b|rc|\.post)\d+)?)$/i.exec(tag);
  if (version === null) return null;
  const [, numbers = '', more = ''] = version;
  if (distance === '0') return `${numbers}${more}`.slice(0, MOST_CHARACTERS);
  const parts = numbers.split('.');
  const next = more === '' ? [...parts.slice(0, -1), String(Number(parts.at(-1)) + 1)].join('.') : numbers;
  const following = more.replace(/\d+$/, (number) => String(Number(number) + 1));
  return `${next}${following}.dev${distance}+${commit}`.slice(0, MOST_CHARACTERS);
}

/** Longer than the version of any project. */
const MOST_CHARACTERS = 60;
