/** Output of a host outside of an answer, for a message to people. Pure. */
import { linesOf, shortened } from '../text/safe-text';

const MOST_LINES = 3;
const MOST_CHARACTERS = 300;

/**
 * The last lines of standard error and of standard output: what a login shell, sudo or PAM said.
 * @returns one safe line, at most 300 characters of each stream; empty: there was no output
 */
export function printedBy({ stdout, stderr }: { stdout: string; stderr: string }): string {
  const words = [stderr, stdout].map(lastLines).filter((text) => text !== '');
  return words.join(' / ');
}

function lastLines(text: string): string {
  const lines = linesOf(text)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return shortened(lines.slice(-MOST_LINES).join(' / '), MOST_CHARACTERS);
}
