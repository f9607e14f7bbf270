import { distance } from 'fastest-levenshtein';

/** The known word that a mistyped one most probably means; null when none is near. */
export function nearest(word: string, known: string[]): string | null {
  const wanted = plain(word);
  // Two slips in a long word are likely, in a short one they make another word.
  const most = Math.max(1, Math.floor(wanted.length / 3));
  const slips = (candidate: string) => slipsBetween(wanted, plain(candidate));
  const [best] = [...known].sort((one, other) => slips(one) - slips(other));
  return best !== undefined && slips(best) <= most ? best : null;
}

/** Letters in the wrong order are one slip; the library counts two. */
function slipsBetween(one: string, other: string): number {
  const slips = distance(one, other);
  return slips === 2 && [...one].sort().join('') === [...other].sort().join('') ? 1 : slips;
}

/** `env_files` and `env-files` are `envFiles` written another way. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}
