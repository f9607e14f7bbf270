/** The programs that read a host, as they are sent there. Nothing of them is written to the host. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root';

/** The reading uses the helper's own modules, from this installation. */
const PACKAGES = ['landfall_host', 'landfall_adopt'];

/** One JSON object of modules and their sources. */
export function readingSource(): Buffer {
  const files = PACKAGES.flatMap((name) =>
    readdirSync(join(packageRoot(), 'host', name))
      .filter((file) => file.endsWith('.py'))
      .sort()
      .map((file) => [
        `${name}.${file.slice(0, -'.py'.length)}`.replace(/\.__init__$/, ''),
        readFileSync(join(packageRoot(), 'host', name, file), 'utf8'),
      ]),
  );
  const contract = readFileSync(join(packageRoot(), 'host', 'contract.json'), 'utf8');
  return Buffer.from(JSON.stringify({ modules: Object.fromEntries(files), contract }));
}

/** Runs with `python3 -I -c`: imports the modules from standard input, and calls one of them. */
export const READING_BOOTSTRAP = `
import importlib.abc, importlib.util, json, os, sys
ask = json.loads(sys.stdin.buffer.readline(1048576))
sent = sys.stdin.buffer.read(ask["bytes"])
if len(sent) != ask["bytes"]:
    sys.exit("The sources of the reading ended early.")
files = json.loads(sent)
sources = files["modules"]

class Sent(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in sources else None
    def is_package(self, name):
        return name in ("landfall_host", "landfall_adopt")
    def get_filename(self, name):
        return os.path.join(*name.split(".")) + ("/__init__.py" if self.is_package(name) else ".py")
    def get_source(self, name):
        return sources[name]
    def get_data(self, path):
        return files["contract"].encode()

sys.meta_path.insert(0, Sent())
importlib.import_module("landfall_adopt." + ask["program"]).main(ask)
`.trim();
