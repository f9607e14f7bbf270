import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandsPage } from '../../../src/cli/program/commands-page';
import { packageRoot } from '../../../src/package-root';

test('docs/commands.md is what npm run schema writes of the commands', () => {
  assert.equal(readFileSync(join(packageRoot(), 'docs', 'commands.md'), 'utf8'), commandsPage());
});

test('the reference has a section for each command, with arguments, options and examples', () => {
  const page = commandsPage();
  assert.match(page, /\n- \[`landfall env set`\]\(#landfall-env-set\): set variables;/);
  const [, section = ''] = /\n## landfall decide\n([\s\S]*?)\n## /.exec(page) ?? [];
  for (const part of [
    '`landfall decide [options] <service> <choice>`',
    '```sh\n# roll back again after the cause was repaired\nlandfall decide shop retry --env production\n',
    '| `<service>` | name of the service in landfall.yaml |',
    'one of retry, accept, go-forward |',
    '| `--env <name>`, required | name of the environment in landfall.yaml |',
  ])
    assert.ok(section.includes(part), `${part} is missing in:\n${section}`);
});
