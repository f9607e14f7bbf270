/** The part of the demo's recorded output that the picture shows. */

/** How the evidence of a failed release begins: too much for a picture. The evidence ends with a blank line. */
const EVIDENCE = /^What failed: /;

/**
 * The lines of the deploy that ended with an exit code. Evidence is left out, and a line says how much.
 * @throws Error when the recording has no such deploy
 */
export function deployThatEndedWith(exitCode: number, recording: string): string[] {
  const lines = recording.split('\n');
  const end = lines.findIndex((line) => line.startsWith(`exit code ${exitCode};`));
  const start = lines
    .slice(0, Math.max(end, 0))
    .findLastIndex((line) => line.startsWith('$ landfall deploy '));
  if (start === -1) throw new Error(`The recording has no deploy that ended with exit code ${exitCode}.`);
  const kept = lines.slice(start, end + 1).filter((line) => !line.startsWith('All details: '));
  return withoutRepeatedBlanks(withoutEvidence(kept));
}

function withoutEvidence(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => EVIDENCE.test(line));
  if (from === -1) return [...lines];
  const length = lines.slice(from).indexOf('');
  const to = length === -1 ? lines.length : from + length;
  const left = `⋯ ${to - from} lines of evidence: the failure, the unit, its last answer, its journal`;
  return [...lines.slice(0, from), left, ...lines.slice(to)];
}

function withoutRepeatedBlanks(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '');
}
