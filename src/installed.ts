#!/usr/bin/env node
/** The command line of an installed package: one of two bundles that the build has put into the same folder. */
import { join } from 'node:path';
import { compiledBundle, runScript } from './cli/bundle';
import { compiledFolder, keepCompilation, keptCompilation } from './cli/kept-compilation';
import { compilesMost, isForController } from './cli/which-bundle';

/** The build writes a digest of client.js here. */
declare const CLIENT_DIGEST: string;

const words = process.argv.slice(2);
if (isForController(words)) require(join(__dirname, 'controller.js'));
else runClient(join(__dirname, 'client.js'));

function runClient(bundle: string): void {
  const folder = compiledFolder();
  const kept = folder === null ? undefined : keptCompilation(folder, CLIENT_DIGEST);
  const script = compiledBundle(kept, bundle);
  const isUseful = kept !== undefined && script.cachedDataRejected === false;
  // A job of a CI has a new home at every start.
  if (folder !== null && !isUseful && compilesMost(words) && process.env.CI === undefined)
    process.once('exit', () => keepCompilation(folder, CLIENT_DIGEST, script.createCachedData()));
  runScript(script, bundle);
}
