import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** The bundle of `main.ts`, and what V8 made of the bundle. The build writes both: `tools/bundle-client.ts`. */
export const BUNDLE = join(__dirname, 'main-bundle.js');
export const COMPILED = join(__dirname, 'main-bundle.compiled');

/**
 * Runs the bundled command line.
 * @param built a file that the compiler wrote
 * @returns false when there is no bundle, or when the compiler ran after the bundle was made
 */
export function runBundle(built: string): boolean {
  if (!existsSync(BUNDLE) || statSync(built).mtimeMs > statSync(BUNDLE).mtimeMs) return false;
  runScript(compiledBundle(existsSync(COMPILED) ? readFileSync(COMPILED) : undefined));
  return true;
}

/** @param compiled code from an earlier run. V8 ignores the code of another version of Node, and compiles again. */
export function compiledBundle(compiled: Buffer | undefined, bundle = BUNDLE): Script {
  return new Script(module.wrap(readFileSync(bundle, 'utf8')), { filename: bundle, cachedData: compiled });
}

/** Runs the bundle as Node runs a CommonJS module. */
export function runScript(script: Script, bundle = BUNDLE): void {
  const bundled = { exports: {} };
  script.runInThisContext()(bundled.exports, require, bundled, bundle, dirname(bundle));
}
