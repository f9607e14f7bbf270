/**
 * Part of the build: the folder of an installed package. Its bundles hold everything but one file, the native half
 * of Temporal's SDK. So an installation needs no compiler, no bundler and one package.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { BUNDLE } from '../src/cli/bundle';

const ROOT = join(__dirname, '..', '..');
const SOURCE = join(ROOT, 'src');
const PACKAGE = join(ROOT, 'build', 'package');
/** Part of the SDK: runs workflows in a thread, which starts from a file. The SDK looks for that name in its own folder. */
const THREAD = require.resolve('@temporalio/worker/lib/workflow/workflow-worker-thread');

/** Takes the place of one file of a library. A library without this file fails the build. */
function instead(file: string, contents: string): Plugin {
  return {
    name: `instead of ${file}`,
    setup({ onLoad }) {
      const escaped = require.resolve(file).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      onLoad({ filter: new RegExp(`^${escaped}$`) }, () => ({ contents, resolveDir: SOURCE }));
    },
  };
}

/** A wheel and a controller have the native module without the package of npm. */
const ownNativeModule = instead(
  '@temporalio/core-bridge/common.js',
  "module.exports = require('./package/native-module');",
);

/** The workflows are bundled already; the SDK's own bundler is 60 MB of packages. */
const noBundler = instead(
  '@temporalio/worker/lib/workflow/bundler.js',
  `exports.defaultWorkflowInterceptorModules = [];
exports.bundleWorkflowCode = exports.WorkflowCodeBundler = function () {
  throw new Error('the bundle of the workflows is missing: install Landfall again');
};`,
);

const BASE: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Files in the folder of the bundle, or that only a checkout has.
  logOverride: { 'require-resolve-not-external': 'silent' },
};

async function bundlePackage(): Promise<void> {
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  await Promise.all([
    build({
      ...BASE,
      entryPoints: [join(SOURCE, 'installed.ts')],
      outfile: join(PACKAGE, 'landfall.js'),
      define: { CLIENT_DIGEST: JSON.stringify(digestOf(BUNDLE)) },
    }),
    build({
      ...BASE,
      entryPoints: [join(SOURCE, 'cli', 'main.ts')],
      outfile: join(PACKAGE, 'controller.js'),
      plugins: [ownNativeModule, noBundler],
      // ssh2 works without its own native parts, which need a compiler.
      external: ['*.node', 'cpu-features'],
    }),
    build({
      ...BASE,
      entryPoints: [THREAD],
      outfile: join(PACKAGE, 'workflow-worker-thread.js'),
      plugins: [ownNativeModule],
    }),
    build({
      ...BASE,
      entryPoints: [join(SOURCE, 'temporal', 'payload-converter.ts')],
      outfile: join(PACKAGE, 'payload-converter.js'),
      // The whole package has the protocol of Temporal, too.
      alias: { '@temporalio/common': '@temporalio/common/lib/converter/payload-converter' },
    }),
  ]);
  copyFileSync(BUNDLE, join(PACKAGE, 'client.js'));
  const workflows = join(ROOT, 'build', 'src', 'temporal', 'workflow-bundle.js');
  copyFileSync(workflows, join(PACKAGE, 'workflow-bundle.js'));
  // The SDK finds the lines of workflow errors with it.
  const sourceMaps = join(dirname(require.resolve('source-map')), 'lib', 'mappings.wasm');
  copyFileSync(sourceMaps, join(PACKAGE, 'mappings.wasm'));
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 32);
}

void bundlePackage();
