/** TOML, by a library that is an ES module with a second form for `require`, of which its types do not tell. */
type Toml = typeof import('smol-toml', { with: { 'resolution-mode': 'import' }});
const { parse }: Toml = require('smol-toml');

/** @throws an Error with the place of what is wrong */
export function parseToml(text: string): Record<string, unknown> {
  return parse(text);
}
