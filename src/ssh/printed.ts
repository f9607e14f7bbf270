/** What a host printed beside an answer, for a message to people. Pure. */
import { stripVTControlCharacters } from 'node:util';

const MOST_LINES = 3;
const MOST_CHARACTERS = 300;

/**
 * The last lines of standard error and of standard output: what a login shell, sudo or PAM said.
 * @returns at most 300 characters of each on one line, without anything that acts on a terminal; empty: nothing
 */
export function printedBy({ stdout, stderr }: { stdout: string; stderr: string }): string {
  const words = [stderr, stdout].map(lastLines).filter((text) => text !== '');
  return words.join(' / ');
}

function lastLines(text: string): string {
  const plain = stripVTControlCharacters(text)
    .split(/[\n\r]+/)
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, ' ').trim())
    .filter((line) => line !== '')
    .slice(-MOST_LINES)
    .join(' / ');
  return plain.length <= MOST_CHARACTERS ? plain : `${plain.slice(0, MOST_CHARACTERS)} …`;
}
