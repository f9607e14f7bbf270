/** How words are written in a unit file: systemd.syntax(7). */

/** Characters that need no quotes in a unit file. */
const PLAIN = /^[A-Za-z0-9_@+=:,./-]+$/;

/** One value of `Environment=`, as systemd.syntax(7) reads it; `%` would begin a specifier there. */
export function quoteForUnit(word: string): string {
  if (PLAIN.test(word)) return word;
  const escaped = word.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/%/g, '%%');
  return `"${escaped.replace(/\p{Cc}/gu, asEscape)}"`;
}

/** A line feed above all, which would begin a directive of its own. */
function asEscape(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One word of `ExecStart=`, where also `$` begins a variable: systemd.service(5). */
export function quoteForCommand(word: string): string {
  return quoteForUnit(word).replace(/\$/g, '$$$$');
}
