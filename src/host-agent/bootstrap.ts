/**
 * How root sets a host up for Landfall before the helper is there: `SETUP_BOOTSTRAP` runs with
 * `python3 -I -c`, takes the request and the helper's sources from standard input, imports them
 * from memory, and lets them set themselves up. Nothing is written to a temporary file.
 */
import type { z } from 'zod';
import type { setupResult } from './answers';
import type { Policy, PROTOCOL } from './protocol';
import type { Answer } from './verbs';

/** Sent as the first line; `bytes` of the helper's sources follow (`helperSource`). */
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

/** Safe to repeat: the second answer has every action done and `changed: false`. */
export type SetupResult = z.infer<typeof setupResult>;
export type SetupAction = SetupResult['actions'][number];

export type SetupAnswer =
  | { protocol: number; ok: true; result: SetupResult }
  | Extract<Answer<'inspect'>, { ok: false }>;

/** Python without single quotes, so that a shell command may hold it in single quotes. */
export const SETUP_BOOTSTRAP = `
import importlib.abc, importlib.util, json, sys
ask = json.loads(sys.stdin.buffer.readline(1048576))
sent = sys.stdin.buffer.read(ask["bytes"])
if len(sent) != ask["bytes"]:
    sys.exit("The sources of landfall-host ended early.")
package = "landfall_host"
sources = {(package + "." + file[:-3]).replace(".__init__", ""): source for file, source in json.loads(sent).items()}

class Sent(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in sources else None
    def is_package(self, name):
        return name == package
    def get_source(self, name):
        return sources[name]

sys.meta_path.insert(0, Sent())
from landfall_host.setup import main
main(ask, sent)
`.trim();
