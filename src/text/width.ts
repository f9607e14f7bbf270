/** How many columns of a terminal a line takes. */

const NONE = /^[\p{M}\p{Cc}\p{Cf}]$/u;
const TWO =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;
/** A tab may take as many. */
const TAB = 8;

/** The beginning of a line that takes at most so many columns. */
export function withinColumns(line: string, most: number): string {
  let columns = 0;
  let end = 0;
  for (const character of line) {
    columns += widthOf(character);
    if (columns > most) break;
    end += character.length;
  }
  return line.slice(0, end);
}

function widthOf(character: string): number {
  if (character === '\t') return TAB;
  if (NONE.test(character)) return 0;
  return TWO.test(character) ? 2 : 1;
}
