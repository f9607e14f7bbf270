/** A project whose Gunicorn serves TLS is asked by https, where landfall.yaml is silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsForm } from '../../../src/config/settings';
import type { ExaminedConf } from '../../../src/contract/contract-types';
import { ownSettings, servesTls } from '../../../src/deployment/own-settings';

const conf = (names: Partial<ExaminedConf>): ExaminedConf => ({
  file: 'gunicorn.conf.py',
  values: {},
  computed: [],
  ...names,
});

const ROWS: [string, ExaminedConf | null, Record<string, string>, object, boolean][] = [
  ['a written certfile', conf({ values: { certfile: '/etc/ssl/shop.pem' } }), {}, {}, true],
  ['a computed certfile', conf({ computed: ['certfile'] }), {}, {}, true],
  ['arguments', null, { GUNICORN_CMD_ARGS: '--certfile /etc/ssl/shop.pem' }, {}, true],
  ['no certfile', conf({ values: { workers: '3' } }), {}, {}, false],
  ['a written check', conf({ computed: ['certfile'] }), {}, { check: 'tcp' }, false],
  ['a written url', conf({ computed: ['certfile'] }), {}, { url: 'https://shop.example/ready' }, false],
];

for (const [what, file, env, readiness, expected] of ROWS)
  test(`readiness by TLS: ${what}`, () => {
    const settings = settingsForm.read({ readiness }, { service: 'shop' });
    assert.equal(servesTls(ownSettings(file, env), settings.readiness), expected);
  });
