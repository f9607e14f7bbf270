/**
 * How root sets a host up for Landfall before the helper is there. `SETUP_BOOTSTRAP` is
 * run by `python3 -I`. It takes the request and the helper's sources from standard input, imports them from memory,
 * and lets them set themselves up. Nothing is written to a temporary file.
 */

/**
 * Runs the program in the first line of standard input, a JSON string. This command itself is one line without a
 * backslash: fish and csh read such a word as the Bourne shells do.
 */
export const RUN_FIRST_LINE = 'import json, sys; exec(json.loads(sys.stdin.buffer.readline()))';

/** Python without single quotes, so that a shell command may hold it in single quotes. */
export const SETUP_BOOTSTRAP = `
import importlib, importlib.abc, importlib.util, json, os, sys
ask = json.loads(sys.stdin.buffer.readline(1048576))
sent = sys.stdin.buffer.read(ask["bytes"])
if len(sent) != ask["bytes"]:
    sys.exit("The sources of landfall-host ended early.")
package, files = "landfall_host", json.loads(sent)
sources = {(package + "." + file[:-3]).replace(".__init__", ""): source for file, source in files.items()}

class Sent(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in sources else None
    def is_package(self, name):
        return name == package
    def get_filename(self, name):
        return os.path.join(package, name.rpartition(".")[2] + ".py")
    def get_source(self, name):
        return sources[name]
    def get_data(self, path):
        return files[path].encode()

sys.meta_path.insert(0, Sent())
importlib.import_module(package + "." + {"setup": "setup", "eject": "eject"}[ask["verb"]]).main(ask, sent)
`.trim();
