import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../../../src/config';
import type { Draft, DraftKey } from '../../../../src/deployment/draft/draft';
import { draftText } from '../../../../src/deployment/draft/draft-text';

const SHORTEST: Draft = {
  service: 'shop',
  repository: 'git@github.com:acme/shop.git',
  head: [],
  keys: [],
  environments: { production: { hosts: ['web1.example.com'], keys: [] } },
};

function key(path: string, value: unknown, why: string | null = null): DraftKey {
  return { path: path.split('.'), value, why };
}

describe('the text of a draft', () => {
  it('is the shortest file for a draft without keys', () => {
    assert.equal(
      draftText(SHORTEST),
      [
        'service: shop',
        'repository: git@github.com:acme/shop.git',
        '',
        'environments:',
        '  production:',
        '    hosts: [web1.example.com]',
        '',
      ].join('\n'),
    );
  });

  it('has the keys in the order of the documentation, each with its comment', () => {
    const text = draftText({
      ...SHORTEST,
      head: ['Written by landfall init.', 'Every key: docs/configuration.md'],
      keys: [
        key('readiness.path', '/healthz', 'in shop/main.py line 12'),
        key('processes.worker.command', 'celery -A shop worker'),
        key('gunicorn.timeout', '60s'),
        key('gunicorn.workers', 4),
        key(
          'migrate.command',
          ['alembic', 'upgrade', 'head'],
          'Runs once per deploy, before anything is released. Only for changes that the old release can live with.',
        ),
        key('app', 'shop.main:app', 'in shop/main.py'),
        key('env.LOG_LEVEL', 'info'),
      ],
      environments: {
        production: {
          hosts: [
            'deploy@web1.example.com',
            { name: 'web2', address: '10.0.0.13', port: 2222, user: 'deploy' },
          ],
          keys: [key('batch', 2), key('env.WORKERS', '4')],
        },
      },
    });
    assert.equal(
      text,
      `# Written by landfall init.
# Every key: docs/configuration.md
service: shop
repository: git@github.com:acme/shop.git
app: shop.main:app # in shop/main.py
env:
  LOG_LEVEL: info
gunicorn:
  workers: 4
  timeout: 60s
migrate:
  # Runs once per deploy, before anything is released. Only for changes that the old release can
  # live with.
  command: [alembic, upgrade, head]
processes:
  worker:
    command: celery -A shop worker
readiness:
  path: /healthz # in shop/main.py line 12

environments:
  production:
    hosts:
      - deploy@web1.example.com
      - name: web2
        address: 10.0.0.13
        port: 2222
        user: deploy
    batch: 2
    env:
      WORKERS: '4'
`,
    );
    parseConfig('landfall.yaml', text);
  });

  it('keeps a comment a comment, whatever text it holds', () => {
    const hostile = 'seen\nservice: evil\r\nuser: root\u2028base: /\u001b[31m\u0000 end';
    const text = draftText({
      ...SHORTEST,
      head: [hostile],
      keys: [key('app', 'a:b', hostile), key('migrate.command', ['x'], hostile.repeat(5))],
    });
    const { app, migrate, environments, ...rest } = parse(text);
    assert.deepEqual(rest, { service: 'shop', repository: SHORTEST.repository });
    assert.equal(app, 'a:b');
    assert.deepEqual(migrate, { command: ['x'] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what the text must not have
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u2028]/);
    assert.ok(environments.production);
  });

  it('gives back every value as it was', () => {
    const values: unknown[] = [
      'yes',
      '3.10',
      '08',
      'a: b # c',
      "it's",
      '- x',
      ' led by a blank',
      '{{ jinja }}',
      '&anchor',
      '',
      3.1,
      true,
      null,
      ['a, b', ['c']],
      { a: [1, 2], 'b c': { d: 'e: f' } },
      'x'.repeat(200),
      Array.from({ length: 30 }, (_, at) => `word${at}`),
      'two\nlines',
    ];
    for (const value of values) {
      const text = draftText({ ...SHORTEST, keys: [key('x', value, 'why'), key('y.z', value, 'why')] });
      const { x, y } = parse(text);
      assert.deepEqual([x, y], [value, { z: value }], text);
    }
  });

  it('merges keys of one map, and lets the later one count', () => {
    const text = draftText({
      ...SHORTEST,
      keys: [key('env', { A: '1' }), key('env.B', '2'), key('env.B', '3')],
    });
    assert.deepEqual(parse(text).env, { A: '1', B: '3' });
  });

  it('refuses a key within a plain value', () => {
    assert.throws(
      () => draftText({ ...SHORTEST, keys: [key('server', 'uvicorn'), key('server.workers', 2)] }),
      /server as a value and as a map/,
    );
  });
});
