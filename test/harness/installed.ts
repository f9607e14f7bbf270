import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND } from '../../src/package/contents';
import { packageRoot } from '../../src/package-root';
import { runCommand } from './run-command';

/** As `npm install --global` puts it: outside of the checkout, with the packages that it asks for. */
export async function installPacked(prefix: string): Promise<string> {
  // Without `prepack`: the tests have built it already.
  await npm('pack', packageRoot(), '--ignore-scripts', '--pack-destination', prefix);
  const [tarball = 'none'] = readdirSync(prefix).filter((file) => file.endsWith('.tgz'));
  // npm ci has the one dependency in its cache, except on a machine that got node_modules in another way.
  const options = ['--global', '--prefix', prefix, '--prefer-offline', '--ignore-scripts', '--no-audit'];
  await npm('install', join(prefix, tarball), ...options);
  return join(prefix, 'lib', 'node_modules', 'landfall-deploy', COMMAND);
}

async function npm(...args: string[]): Promise<void> {
  const ran = await runCommand('npm', args, { env: process.env });
  assert.equal(ran.code, 0, ran.output);
}
