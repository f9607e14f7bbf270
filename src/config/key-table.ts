import { type KnownKey, knownKeys } from './json-schema';

const BEGIN = '<!-- Every key: written by `npm run schema` -->';
const END = '<!-- End of every key -->';

/** `docs/configuration.md` with the table of every key as it is now. @throws when the marks are not there */
export function withKeyTable(page: string): string {
  const [before, rest = ''] = page.split(BEGIN);
  const [, after] = rest.split(END);
  if (after === undefined) throw new Error(`${BEGIN} and ${END} must enclose the table`);
  return `${before}${BEGIN}\n${keyTable()}\n${END}${after}`;
}

/** A row for each key; those that an environment repeats from the top, or a host from its environment, have one. */
function keyTable(): string {
  const keys = knownKeys();
  const top = new Set(keys.filter(({ path }) => path.length === 1).map(({ path }) => path[0]));
  const ofEnvironment = new Set(keys.filter(({ path }) => path.length === 3).map(({ path }) => path[2]));
  const rows = keys
    .filter(({ path }) => path[0] !== 'environments' || !top.has(path[2]))
    .filter(({ path }) => path[2] !== 'hosts' || path.length <= 5 || !ofEnvironment.has(path[4]))
    .map((key) => `| \`${nameOf(key)}\` | ${defaultOf(key)} | ${key.description ?? ''} |`);
  // A key with several forms of maps comes once for each.
  return ['| key | default | meaning |', '|---|---|---|', ...new Set(rows)].join('\n');
}

function nameOf({ path }: KnownKey): string {
  return path.join('.').replace('.*', '.<name>').replace('.[]', '[]');
}

function defaultOf({ default: standard, otherwise }: KnownKey): string {
  if (otherwise !== undefined) return otherwise.includes('<') ? `\`${otherwise}\`` : otherwise;
  if (standard === undefined) return '';
  return `\`${Array.isArray(standard) ? `[${standard.join(', ')}]` : typeof standard === 'object' ? '{}' : standard}\``;
}
