/**
 * Part of the build: one file with the command line of people and CI, and its compiled code. Most of the start
 * of `landfall deploy` was loading 500 files and defining every message of Temporal.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { BUNDLE, COMPILED, compiledBundle, runScript } from '../src/cli/bundle';
import { CONTROLLER_COMMANDS } from '../src/cli/which-bundle';

const ROOT = join(__dirname, '..', '..');
const SOURCE = join(ROOT, 'src');
const SDK_CLIENT = dirname(require.resolve('@temporalio/client'));

/** Parts of a reflection root, as protobufjs writes them. */
interface Messages {
  nested?: Record<string, Messages>;
  methods?: Record<string, unknown>;
}

/** The messages of Temporal's protocol, without those of calls that the command line never makes. */
const neededMessages: Plugin = {
  name: 'needed messages',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]proto[\\/]protos[\\/]json-module\.js$/ }, ({ path }) => {
      const { Root, definitions } = definitionsIn(path);
      const messages = neededOf(definitions, callsOfCommandLine());
      // Throws for a message that is missing.
      new Root().addJSON(messages).resolveAll();
      const json = JSON.stringify(JSON.stringify(messages));
      return {
        resolveDir: dirname(path),
        contents: `const { roots, Root } = require('protobufjs/light');
roots.__temporal ??= new Root();
module.exports = roots.__temporal.addJSON(JSON.parse(${json}));`,
      };
    });
  },
};

function definitionsIn(path: string) {
  const root = require(path);
  const definitions: Record<string, Messages> = root.toJSON().nested;
  return { Root: root.constructor, definitions };
}

/** Names of the calls, such as `DescribeNamespace`. */
function callsOfCommandLine(): Set<string> {
  const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(cli|temporal)[\\/].*\.ts$/.test(file),
  );
  // Landfall uses no other client of the SDK (schedules, activities, Nexus).
  const files = [
    ...sources.map((file) => join(SOURCE, file)),
    ...['connection.js', 'workflow-client.js'].map((file) => join(SDK_CLIENT, file)),
  ];
  const calls = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/workflowService\s*\.\s*(\w)(\w+)/g),
  ]);
  return new Set(calls.map(([, first = '', rest]) => `${first.toUpperCase()}${rest}`));
}

function neededOf(all: Record<string, Messages>, calls: Set<string>): Record<string, Messages> {
  const api = all.temporal?.nested?.api?.nested;
  const workflowService = api?.workflowservice?.nested?.v1?.nested;
  const methods = workflowService?.WorkflowService?.methods;
  if (api === undefined || workflowService === undefined || methods === undefined)
    throw new Error('the SDK has another protocol: correct tools/bundle-client.ts');
  // The administration of Temporal Cloud.
  delete api.cloud;
  const unused = Object.keys(methods).filter((method) => !calls.has(method));
  for (const method of unused) delete methods[method];
  const without = unused.flatMap((method) => [`${method}Request`, `${method}Response`]);
  let removed = without.flatMap((name) => {
    const message = workflowService[name];
    delete workflowService[name];
    return message === undefined ? [] : [{ name, message }];
  });
  // A message that a needed message holds is needed, too.
  for (let missed = removed; missed.length > 0; ) {
    const text = JSON.stringify(all);
    missed = removed.filter(({ name }) => text.includes(`${name}"`));
    for (const { name, message } of missed) workflowService[name] = message;
    removed = removed.filter((one) => !missed.includes(one));
  }
  return all;
}

/**
 * Leaves out the commands that have another bundle, and lets none in: their packages would double the start of all
 * commands, and have native parts.
 */
const controllerCommands: Plugin = {
  name: 'commands of the controller',
  setup({ onResolve }) {
    const names = CONTROLLER_COMMANDS.join('|');
    onResolve({ filter: new RegExp(`/commands/(${names})(\\.js$|/)`) }, ({ path }) => ({
      // As the bundle sees them, which lies in `cli/` itself.
      path: path.replace(/^\.+/, '.'),
      external: true,
    }));
    onResolve({ filter: /^(ssh2|@temporalio\/(worker|testing|core-bridge))$/ }, ({ path, importer }) => ({
      errors: [
        {
          text: `${importer} needs ${path}. Name the command in src/cli/which-bundle.ts, or import only a type.`,
        },
      ],
    }));
  },
};

async function bundle(): Promise<void> {
  await build({
    entryPoints: [join(SOURCE, 'cli', 'main.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    plugins: [neededMessages, controllerCommands],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/**
 * Runs a deploy up to its first request, then writes what V8 has compiled until then. In a process of its own,
 * because the bundle ends the process.
 */
function compile(): void {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bundle-'));
  const hosts = 'environments:\n  production:\n    hosts: [web1.example.com]\n';
  writeFileSync(
    join(folder, 'landfall.yaml'),
    `service: shop\nrepository: https://git.example.com/shop.git\n${hosts}`,
  );
  rmSync(COMPILED, { force: true });
  const { stdout, stderr } = spawnSync(process.execPath, [__filename, 'compile'], {
    cwd: folder,
    // Without the settings of an engine that this machine may use.
    env: { PATH: process.env.PATH, HOME: folder },
    encoding: 'utf8',
    timeout: 60_000,
  });
  rmSync(folder, { recursive: true });
  if (!existsSync(COMPILED)) throw new Error(`the bundle does not run: ${stdout}${stderr}`);
}

function runToFirstRequest(): void {
  const script = compiledBundle(undefined);
  const engine = createServer(() => {
    writeFileSync(COMPILED, script.createCachedData());
    process.exit(0);
  });
  engine.listen(0, '127.0.0.1', () => {
    const address = engine.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    process.env.TEMPORAL_ADDRESS = `127.0.0.1:${address.port}`;
    process.argv = [...process.argv.slice(0, 2), 'deploy', 'shop', '--env', 'production', '--ref', 'main'];
    runScript(script);
  });
}

if (process.argv[2] === 'compile') runToFirstRequest();
else void bundle().then(compile);
