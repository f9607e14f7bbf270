/**
 * `npm test`: gets what the tests need (saying what and why), then runs all of them. Nothing is
 * left out silently: where hosts cannot be booted it says what is needed and fails;
 * `npm test -- --without-hosts` runs the rest, on purpose and by name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';
import { ensureStacks } from './gate/stacks';
import { ensureTemporal } from './harness/engine/build-temporal';
import { ensureBase, missingNeeds } from './harness/hosts';
import { installNeeds } from './harness/hosts/needs';

/** Folders whose tests boot hosts. */
const WITH_HOSTS = ['e2e', 'faults', 'host', 'security'];

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const withoutHosts = args.includes('--without-hosts');
  if (withoutHosts && process.env.CI === 'true') {
    say('CI=true: every test runs here, so --without-hosts is refused.');
    return 1;
  }
  if (!withoutHosts) {
    await installNeeds(say);
    const missing = await missingNeeds();
    if (missing.length > 0) {
      say('The tests boot real Debian hosts with systemd on this machine. For that it needs:');
      for (const need of missing) say(`  - ${need}`);
      say(`The tests that need no host: npm test -- --without-hosts (leaves out ${WITH_HOSTS.join(', ')})`);
      return 1;
    }
  }
  say('Temporal: the development server that the tests run against.');
  say(`  ${await ensureTemporal(say)}`);
  say('The gate: virtual environments with the versions of Gunicorn and uvicorn that it is tried with.');
  await ensureStacks(say);
  if (!withoutHosts) {
    say('Test hosts: Debian with systemd, sshd and PostgreSQL, built once and then booted in a second each.');
    say(`  ${await ensureBase(say)}`);
  }
  const left = withoutHosts ? WITH_HOSTS : [];
  const files = testFiles(join(packageRoot(), 'build', 'test'), left);
  if (withoutHosts) say(`Left out on request: test/{${left.join(',')}}.`);
  return run(files);
}

function testFiles(root: string, leftOut: string[]): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && !leftOut.includes(file.split('/')[0] ?? ''))
    .sort()
    .map((file) => join(root, file));
}

/** Hosts wait more than they compute: three files at a time keep two processors busy. */
const FILES_AT_ONCE = 3;

/** Three times what the longest one takes: a file that does not end fails by name, instead of holding all. */
const MINUTES_FOR_A_FILE = 20;

async function run(files: string[]): Promise<number> {
  const limits = [`--test-concurrency=${FILES_AT_ONCE}`, `--test-timeout=${MINUTES_FOR_A_FILE * 60_000}`];
  const options = ['--test', '--test-reporter=spec', ...limits];
  const child = spawn(process.execPath, [...options, ...files], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
