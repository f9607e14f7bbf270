/** The settings that OpenSSH itself would use for a destination: the output of `ssh -G`. Pure. */

/** The part of `ssh -G` that Landfall follows. Paths as printed: a `~` or a token may still be in them. */
export interface EffectiveSettings {
  user: string;
  hostname: string;
  port: number;
  identityFiles: string[];
  identitiesOnly: boolean;
  /** `none`, `SSH_AUTH_SOCK`, `$NAME` or a path; null: not set. */
  identityAgent: string | null;
  certificateFiles: string[];
  /** `[user@]host[:port]`, separated by commas; null: there is none. */
  proxyJump: string | null;
  proxyCommand: string | null;
  hostKeyAlias: string | null;
  knownHostsFiles: string[];
  connectTimeoutSeconds: number | null;
  family: 4 | 6 | null;
}

/** Reads the output of `ssh -G`: one setting a line, its name in lower case. Unknown settings are left out. */
export function parseEffective(text: string): EffectiveSettings {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(\S+) (.*)$/.exec(line.trimEnd()) ?? [];
    if (name !== '') values.set(name, [...(values.get(name) ?? []), value]);
  }
  const all = (name: string) => values.get(name) ?? [];
  const one = (name: string) => all(name)[0] ?? null;
  const unlessNone = (name: string) => (one(name) === 'none' ? null : one(name));
  const files = (name: string) => all(name).flatMap((value) => value.split(' ').filter(isFile));
  const timeout = Number(one('connecttimeout'));
  const family = one('addressfamily');
  return {
    user: one('user') ?? '',
    hostname: one('hostname') ?? '',
    port: Number(one('port') ?? 22),
    identityFiles: all('identityfile').filter(isFile),
    identitiesOnly: one('identitiesonly') === 'yes',
    identityAgent: one('identityagent'),
    certificateFiles: all('certificatefile').filter(isFile),
    proxyJump: unlessNone('proxyjump'),
    proxyCommand: unlessNone('proxycommand'),
    hostKeyAlias: one('hostkeyalias'),
    knownHostsFiles: [...files('userknownhostsfile'), ...files('globalknownhostsfile')],
    connectTimeoutSeconds: Number.isInteger(timeout) && timeout > 0 ? timeout : null,
    family: family === 'inet' ? 4 : family === 'inet6' ? 6 : null,
  };
}

function isFile(value: string): boolean {
  return value !== '' && value !== 'none';
}
