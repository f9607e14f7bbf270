/** How a row of the causes looks: a sign in the output of an installer, and its meaning. */
import type { Packaging } from '../../../config/resolved';

/** Where it failed, for the sentences. */
export interface InstallContext {
  service: string;
  host: string;
  deployUser: string;
  /** The interpreter by its path. */
  python: string;
  packaging: Packaging;
  /** The folder that packages come from (`wheels:`); null: an index. */
  wheels: string | null;
}

export interface InstallCause {
  message: string;
  /** The next step for a person. */
  advice: string;
}

/** A sign in the output, and what it means. The first that fits is told, so what explains another one is above it. */
export interface Row {
  sign: RegExp;
  cause: (found: RegExpExecArray, context: InstallContext) => InstallCause;
}

export function needsLogin(index: string, { service, host, deployUser }: InstallContext): InstallCause {
  return {
    message: `${index} wants a login.`,
    advice: `Put it into ~${deployUser}/.netrc on ${host}, or as NAME=value lines into /etc/landfall/${service}.install.env there (root, mode 600). The environment files of the service are not read.`,
  };
}

export function needsToBuild(what: string, packages: string, { host }: InstallContext): InstallCause {
  return {
    message: `a package is built from source on ${host}, and that needs ${what}.`,
    advice: `Install it there (apt install ${packages}), or pin a version with a wheel for this Python.`,
  };
}

/** The host of a URL, without a login. */
export function addressOf(url: string): string {
  return (
    /^[a-z+]+:\/\/(?:[^/@\s]*@)?([^/\s'"?)]+)/.exec(url)?.[1] ?? (url === '' ? 'the package index' : url)
  );
}

export function lastAddress(output: string): string | null {
  const urls = output.match(/\b(?:https?|ssh|git\+ssh):\/\/[^\s'")]+/g) ?? [];
  const host = /host='([^']+)'/.exec(output)?.[1];
  const last = urls.at(-1);
  return host ?? (last === undefined ? null : addressOf(last));
}
