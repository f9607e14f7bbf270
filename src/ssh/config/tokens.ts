/** Tokens in values of OpenSSH's configuration (ssh_config(5), "TOKENS"). Pure but for this machine's names. */
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** The login whose values the tokens stand for. */
export interface TokenValues {
  /** As the destination was written. */
  written: string;
  hostname: string;
  port: number;
  user: string;
}

/** A path with `~`, `%h` and the like, `${NAME}` replaced. An unknown token stays as it is. */
export function expandPath(path: string, values: TokenValues): string {
  const whole = path.replace(/^~(?=\/|$)/, homedir());
  const named = whole.replace(/\$\{(\w+)\}/g, (text, name: string) => process.env[name] ?? text);
  return expandTokens(named, { ...commandTokens(values), ...localTokens() });
}

/** A `ProxyCommand` with its tokens replaced. The values are names and numbers, so a shell may take them. */
export function expandCommand(command: string, values: TokenValues): string {
  return expandTokens(command, commandTokens(values));
}

/** OpenSSH takes the home directory of the user database. `HOME` counts here, as it does for Git. */
export function inHome(path: string): string {
  const { homedir: own } = userInfo();
  return path.startsWith(`${own}/`) ? join(homedir(), path.slice(own.length)) : path;
}

function expandTokens(text: string, tokens: Record<string, string>): string {
  return text.replace(/%(.)/g, (token, letter: string) => tokens[letter] ?? token);
}

function commandTokens({ written, hostname: host, port, user }: TokenValues): Record<string, string> {
  return { '%': '%', h: host, n: written, p: String(port), r: user, k: written };
}

function localTokens(): Record<string, string> {
  const { username, uid } = userInfo();
  const [short = ''] = hostname().split('.');
  return { d: homedir(), u: username, i: String(uid), l: hostname(), L: short };
}
