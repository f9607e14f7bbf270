/**
 * One word for a POSIX shell, whatever is in it. Every value that reaches a shell goes through here.
 * @throws RangeError for a NUL, which no shell can take
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a shell word cannot contain NUL');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replace(/'/g, `'\\''`)}'`;
}

/** A command line for a POSIX shell. */
export function commandLine(words: string[]): string {
  return words.map(quote).join(' ');
}
