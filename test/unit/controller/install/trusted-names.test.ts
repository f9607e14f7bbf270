import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../src/config';
import { trustedNames } from '../../../../src/controller/install/trusted-names';

function names(repository: string): string[] {
  const hosts = '[web1, deploy@web2:2222]';
  const text = `service: shop\nrepository: ${repository}\nenvironments:\n  production:\n    hosts: ${hosts}\n  staging:\n    hosts: [web1]\n`;
  return trustedNames(parseConfig('landfall.yaml', text));
}

const SERVERS: [string, string[]][] = [
  ['git@github.com:acme/shop.git', ['github.com']],
  ['ssh://git@git.example.com:2200/shop.git', ['[git.example.com]:2200']],
  ['ssh://git.example.com/shop.git', ['git.example.com']],
  ['https://github.com/acme/shop.git', []],
  ['/srv/git/shop.git', []],
];
for (const [repository, server] of SERVERS) {
  test(`the hosts of all environments are trusted, and ${server[0] ?? 'no server'} of ${repository}`, () => {
    assert.deepEqual(names(repository), ['web1', '[web2]:2222', ...server]);
  });
}
