/** More lines than this after an answer are not the logout of a shell. */
const MOST_LINES_AFTER = 20;

/**
 * The answer of `landfall-host` in the output of a login. The files that a shell reads may print lines before the
 * answer, words in front of it on the same line, or lines after it.
 * @returns null: there is no answer
 */
export function answerIn(stdout: string): object | null {
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines.slice(-MOST_LINES_AFTER).reverse()) {
    const answer = objectIn(line) ?? objectIn(line.slice(Math.max(line.indexOf('{"'), 0)));
    if (answer !== null && 'protocol' in answer) return answer;
  }
  return null;
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
