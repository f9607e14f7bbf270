/** The known word that a mistyped one most probably means; null when none is near. */
export function nearest(word: string, known: string[]): string | null {
  const wanted = plain(word);
  // Two slips in a long word are likely, in a short one they make another word.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let found: string | null = null;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < least) {
      least = distance;
      found = candidate;
    }
  }
  return found;
}

/** `env_files` and `env-files` are `envFiles` written another way. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Insertions, deletions, replacements and swapped neighbours that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
