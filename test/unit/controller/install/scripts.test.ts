import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { backupScript, restoreScript } from '../../../../src/controller/install/backup-script';
import { FACTS_SCRIPT, factsFrom } from '../../../../src/controller/install/facts';
import { engineReady, envFile, wrapper } from '../../../../src/controller/install/files';
import { installScript, rollbackScript } from '../../../../src/controller/install/install-script';
import { logsScript } from '../../../../src/controller/install/logs-script';
import { rootCommand } from '../../../../src/controller/install/script';
import { uninstallScript } from '../../../../src/controller/install/uninstall-script';
import { engineUnit, workerUnit } from '../../../../src/controller/install/units';

const hostile = "web1 ssh-ed25519 AAAA it's $(touch /tmp/x) `id`";
const SCRIPTS = {
  facts: FACTS_SCRIPT,
  install: installScript({
    name: '0.1.0-abc',
    port: 7233,
    knownHosts: [hostile],
    sends: true,
    kept: ['node'],
  }),
  rollback: rollbackScript(),
  uninstall: uninstallScript(),
  backup: backupScript(),
  restore: restoreScript(),
  logs: logsScript({ lines: 20, unit: 'engine', follow: true }),
  'engine-ready': engineReady(),
  wrapper: wrapper('package/landfall.js'),
};
for (const [name, script] of Object.entries(SCRIPTS)) {
  test(`the script of ${name} is complete for sh`, () => {
    execFileSync('sh', ['-n'], { input: script });
  });
}

test('a text from a known_hosts file stays one word of the script', () => {
  assert.ok(
    SCRIPTS.install.includes(`for line in 'web1 ssh-ed25519 AAAA it'\\''s $(touch /tmp/x) \`id\`'; do`),
  );
});

test('a script without its archive unpacks nothing', () => {
  const script = installScript({ name: '0.1.0-abc', port: 7233, knownHosts: [], sends: false, kept: [] });
  assert.doesNotMatch(script, /tar -xz/);
});

test('any login shell passes the script on, and the rest of the input is left to it', () => {
  const script = 'printf "%s %s" "it\'s run" "$(cat)"\n';
  // As root here, or the command would need sudo.
  if (process.getuid?.() !== 0) return;
  const command = rootCommand(script.length);
  assert.doesNotMatch(command, /\n|'.*'.*'/);
  const printed = execFileSync('sh', ['-c', command], { input: `${script}payload`, encoding: 'utf8' });
  assert.equal(printed, "it's run payload");
});

test('the facts of this machine can be read', () => {
  const found = factsFrom(execFileSync('sh', ['-c', FACTS_SCRIPT], { encoding: 'utf8', stdio: 'pipe' }));
  assert.match(found?.machine ?? '', /^\w+ \w+$/);
  assert.ok(found?.programs.includes('tar'));
  assert.ok((found?.space.state ?? 0) > 0);
});

test('both units are locked in, and only the engine is kept to loopback', () => {
  for (const unit of [engineUnit(), workerUnit()]) {
    assert.match(unit, /^User=landfall$/m);
    assert.match(unit, /^ProtectSystem=strict$/m);
    assert.match(unit, /^ReadWritePaths=\/var\/lib\/landfall-controller\/state$/m);
    assert.match(unit, /^CapabilityBoundingSet=$/m);
  }
  assert.match(engineUnit(), /^IPAddressDeny=any\nIPAddressAllow=localhost$/m);
  assert.doesNotMatch(workerUnit(), /IPAddressDeny/);
});

test('the settings hold the port and no secret', () => {
  assert.match(envFile(7300), /^TEMPORAL_ADDRESS=127\.0\.0\.1:7300$/m);
});
