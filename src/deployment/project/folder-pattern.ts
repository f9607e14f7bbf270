/** Patterns of folders, as the members of a workspace are written. Pure. */

/** `*` and `?` within the name of one folder, `**` for any number of folders. Takes time linear in both, multiplied. */
export function matchesPattern(pattern: string, folder: string): boolean {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  return matches(parts, folder.split('/'), '**', (part, name) =>
    matches([...part], [...name], '*', (letter, other) => letter === '?' || letter === other),
  );
}

/** A star takes any number of items. Only the last star is tried again, which suffices and has an end. */
function matches(
  pattern: string[],
  items: string[],
  star: string,
  fits: (part: string, item: string) => boolean,
): boolean {
  let [at, item] = [0, 0];
  let last: { at: number; item: number } | null = null;
  while (item < items.length) {
    const [part, one] = [pattern[at], items[item]];
    if (part === star) {
      last = { at, item };
      at += 1;
    } else if (part !== undefined && one !== undefined && fits(part, one)) {
      at += 1;
      item += 1;
    } else if (last !== null) {
      last = { at: last.at, item: last.item + 1 };
      [at, item] = [last.at + 1, last.item];
    } else return false;
  }
  return pattern.slice(at).every((part) => part === star);
}
