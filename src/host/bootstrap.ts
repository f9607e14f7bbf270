/**
 * How root sets a host up for Landfall before the helper is there: `SETUP_BOOTSTRAP` runs with
 * `python3 -I -c`, takes the request and the helper's source from standard input, and lets that
 * source set itself up. Nothing is written to a temporary file.
 */
import type { Answer, Policy, PROTOCOL } from './protocol';

/** Sent as the first line; `bytes` of `host/landfall-host` follow. */
export interface SetupRequest {
  protocol: typeof PROTOCOL;
  verb: 'setup';
  bytes: number;
  policy: Policy;
  /** false: only say what would be done; nothing changes. */
  apply: boolean;
  /** Public key that may log in as the deploying user, one line; null: leave its keys alone. */
  authorizedKey: string | null;
}

export interface SetupAction {
  /** What it is, for people: `create system user, no login, shop`. */
  what: string;
  /** Whether the host is so now; false only in a plan. */
  done: boolean;
  /** Whether this very call did it. */
  changed: boolean;
}

/** Safe to repeat: the second answer has every action done and `changed: false`. */
export interface SetupResult {
  actions: SetupAction[];
  changed: boolean;
}

export type SetupAnswer =
  | { protocol: number; ok: true; result: SetupResult }
  | Extract<Answer<'inspect'>, { ok: false }>;

/** Python without single quotes, so that a shell command may hold it in single quotes. */
export const SETUP_BOOTSTRAP = `
import json, sys
ask = json.loads(sys.stdin.buffer.readline(1048576))
source = sys.stdin.buffer.read(ask["bytes"])
if len(source) != ask["bytes"]:
    sys.exit("The source of landfall-host ended early.")
exec(compile(source, "landfall-host", "exec"), {"__name__": "landfall_setup", "REQUEST": ask, "SOURCE": source})
`.trim();
