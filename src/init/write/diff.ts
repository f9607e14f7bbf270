/** The difference of two texts, for a person who decides. Pure. */

/** Lines around a change. */
const AROUND = 3;
/** Beyond that the middle of both texts is shown as replaced. */
const MOST_LINES = 2_000;

interface Edit {
  sign: ' ' | '-' | '+';
  line: string;
  /** Lines of the two texts before this one. */
  before: number;
  after: number;
}

/** A unified diff without time stamps; empty when both are equal. */
export function unifiedDiff(file: string, before: string, after: string): string[] {
  const edits = editsOf(linesOf(before), linesOf(after));
  const changed = edits.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]));
  if (changed.length === 0) return [];
  const hunks: [number, number][] = [];
  for (const at of changed) {
    const last = hunks.at(-1);
    if (last !== undefined && at - AROUND <= last[1]) last[1] = at + AROUND + 1;
    else hunks.push([Math.max(0, at - AROUND), at + AROUND + 1]);
  }
  return [
    `--- ${before === '' ? '/dev/null' : file}`,
    `+++ ${file}`,
    ...hunks.flatMap(([from, to]) => hunkLines(edits.slice(from, to))),
  ];
}

function hunkLines(edits: Edit[]): string[] {
  const [first] = edits;
  if (first === undefined) return [];
  const count = (sign: '-' | '+') => edits.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
  const place = (before: number, lines: number) => `${lines === 0 ? before : before + 1},${lines}`;
  return [
    `@@ -${place(first.before, count('-'))} +${place(first.after, count('+'))} @@`,
    ...edits.map(({ sign, line }) => `${sign}${line}`),
  ];
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function editsOf(old: string[], now: string[]): Edit[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const middle = longest(old.slice(start, old.length - end), now.slice(start, now.length - end));
  const all = [
    ...old.slice(0, start).map((line) => ({ sign: ' ' as const, line })),
    ...middle,
    ...old.slice(old.length - end).map((line) => ({ sign: ' ' as const, line })),
  ];
  let [before, after] = [0, 0];
  return all.map((edit) => {
    const placed = { ...edit, before, after };
    if (edit.sign !== '+') before += 1;
    if (edit.sign !== '-') after += 1;
    return placed;
  });
}

/** By the longest common subsequence. */
function longest(old: string[], now: string[]): Pick<Edit, 'sign' | 'line'>[] {
  const replaced = () => [
    ...old.map((line) => ({ sign: '-' as const, line })),
    ...now.map((line) => ({ sign: '+' as const, line })),
  ];
  if (old.length > MOST_LINES || now.length > MOST_LINES) return replaced();
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const edits: Pick<Edit, 'sign' | 'line'>[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [one, other] = [old[i], now[j]];
    if (one !== undefined && one === other) {
      edits.push({ sign: ' ', line: one });
      i += 1;
      j += 1;
    } else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ sign: '-', line: one });
      i += 1;
    } else {
      edits.push({ sign: '+', line: other ?? '' });
      j += 1;
    }
  }
  return edits;
}
