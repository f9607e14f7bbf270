import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkDeployInput, checkDoctorInput } from '../../../src/activities/check-input';
import { deployInput, parseConfig } from '../../../src/config';
import type { DeployInput } from '../../../src/config/deploy-input';
import { deploySchema } from '../../../src/config/deploy-input';
import { failureOf } from '../../../src/deployment/failures';
import { packageRoot } from '../../../src/package-root';
import { doctorInput, input, soakOf } from '../../harness/deploy-input';
import { pathsIn, replacedAt, WRONG } from '../../harness/malformed';

const EVERY_KEY =
  readFileSync(join(packageRoot(), 'docs', 'configuration.md'), 'utf8')
    .split('```yaml\n')
    .find((text) => text.includes('keepReleases: 5'))
    ?.split('```')[0] ?? '';

const asked = { by: 'ada', ciRun: 'github/acme/1', fixForward: false, takeOver: false };

test('whatever landfall.yaml gives is accepted as it is', () => {
  const config = parseConfig('landfall.yaml', EVERY_KEY);
  for (const environment of config.environments.keys()) {
    for (const source of [{ ref: 'main' }, { previous: true } as const]) {
      const given = deployInput(config, { ...asked, environment, ...source });
      assert.deepEqual(deploySchema.parse(JSON.parse(JSON.stringify(given))), given);
    }
  }
});

/** One with something at every key, so that each can be wrong. */
const FULL: DeployInput = deployInput(parseConfig('landfall.yaml', EVERY_KEY), {
  ...asked,
  environment: 'production',
  ref: 'main',
});

/** Where even a wrong value is another right one. */
function mayBe(path: (string | number)[], value: unknown): boolean {
  const key = path.join('.');
  if (value === null)
    return (
      /(memory|Memory|^path|^hosts\.\d+\.(port|user|domain(\.(proxy|listen|certificate|acme\.\w+))?)|ciRun|^settings\.gunicorn\.\w+|url|^settings\.(preImport|rehearse|build|migrate|soak|resolved|server|server\.(workers|gracefulTimeout)|python|wheels|checkout|requirements|dependencies\.lock)|readiness\.(release|expect)|migrate\.hosts|processes\.\w+\.(schedule|singleton|host|ready|onFailure|readiness)|command)$/.test(
        key,
      ) && key !== 'settings.migrate.command'
    );
  if (Array.isArray(value))
    return (
      value.length === 0 &&
      /(shared|public|allowMissing|pythonPath|envFiles|groups|extras|commands|needs|options)$/.test(key)
    );
  // A map of keys that all have a default; unknown keys are dropped.
  if (
    typeof value === 'object' &&
    /^(settings\.(gunicorn|dependencies|build|preImport|rehearse|readiness|rollback)|hosts\.\d+\.domain\.acme)$/.test(
      key,
    )
  )
    return true;
  if (typeof value === 'object')
    return Object.keys(value).length === 0 && /(env|headers|processes)$/.test(key);
  return value === '' && /\.(env|headers)\./.test(key);
}

test('any one wrong value is refused, with its place and without the value', async () => {
  let tried = 0;
  for (const path of pathsIn(FULL)) {
    for (const value of WRONG) {
      if (mayBe(path, value)) continue;
      tried += 1;
      const given = replacedAt(FULL, path, value);
      const refusal = await checkDeployInput(given).then(
        () => assert.fail(`${path.join('.')} was accepted as ${JSON.stringify(value).slice(0, 60)}`),
        failureOf,
      );
      assert.equal(refusal?.type, 'InvalidInput', path.join('.'));
      assert.match(refusal?.message ?? '', /^[\x20-\x7e…]{0,2000}$/, path.join('.'));
    }
  }
  assert.ok(tried > 500, `${tried} tried`);
});

test('a missing field is refused, and an unknown field is left out', async () => {
  for (const key of Object.keys(input())) {
    const { [key as 'by']: _, ...rest } = input();
    await assert.rejects(checkDeployInput(rest), { type: 'InvalidInput', nonRetryable: true }, key);
  }
  const more = { ...input(), more: 1, settings: { ...input().settings, more: { deep: 1 } } };
  assert.deepEqual(await checkDeployInput(more), JSON.parse(JSON.stringify(input())));
  assert.deepEqual(await checkDoctorInput(input()), JSON.parse(JSON.stringify(doctorInput())));
  const proto = JSON.parse('{"__proto__": {"service": "shop"}}');
  await assert.rejects(checkDeployInput({ ...proto }), { type: 'InvalidInput' });
});

test('a setting that an older version did not know has its default', async () => {
  const keys = Object.keys(FULL.settings) as (keyof DeployInput['settings'])[];
  const shortest = 'service: shop\nrepository: /r\nenvironments: { production: { hosts: [w] } }\n';
  const defaults = parseConfig('landfall.yaml', shortest).environments.get('production')?.settings;
  assert.ok(defaults);
  for (const key of keys) {
    const { [key]: _, ...rest } = FULL.settings;
    const given = { ...FULL, settings: rest };
    // Root has allowed these by name.
    if (['user', 'base', 'unit'].includes(key))
      await assert.rejects(checkDeployInput(given), { type: 'InvalidInput' }, key);
    else assert.deepEqual((await checkDeployInput(given)).settings, { ...rest, [key]: defaults[key] }, key);
  }
});

test('counts and lengths are bounded together with everything else', async () => {
  const [host] = input().hosts;
  assert.ok(host);
  const hosts = (count: number) => Array.from({ length: count }, (_, at) => ({ ...host, name: `web${at}` }));
  await checkDeployInput(input({ hosts: hosts(700) }));
  const { settings } = input();
  await checkDeployInput(
    input({ hosts: hosts(300), settings: { ...settings, soak: soakOf(16 * 3_600_000) } }),
  );
  await checkDeployInput(
    input({ hosts: hosts(100), settings: { ...settings, env: { A: 'x'.repeat(4_000) } } }),
  );
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`A${at}`, 'x'.repeat(2_000)]));
  for (const wrong of [
    { hosts: hosts(701) },
    { hosts: hosts(300), settings: { ...settings, soak: soakOf(24 * 3_600_000) } },
    { hosts: [host, { ...host, address: 'other' }] },
    { batch: 1001 },
    { source: { ref: 'main~1' } },
    { source: { ref: 'refs/pull/1/head' } },
    { by: 'x'.repeat(251) },
    { settings: { ...settings, requirements: Array(51).fill('requirements.txt') } },
    { settings: { ...settings, env: long } },
    { hosts: hosts(500), settings: { ...settings, env: { A: 'x'.repeat(4_000) } } },
    { settings: { ...settings, readiness: { ...settings.readiness, headers: { X_Y: '1' } } } },
  ]) {
    await assert.rejects(
      checkDeployInput(input(wrong)),
      { type: 'InvalidInput' },
      JSON.stringify(wrong).slice(0, 80),
    );
  }
});
