import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, parseConfig } from '../../../src/config';
import { isSecretName, isSecretValue } from '../../../src/config/secrets';

const START = 'service: shop\nenvironments: { production: { hosts: [web1] } }\n';

/** The problems of a file, in which the secret must not be. */
function problemsOf(text: string): string {
  try {
    parseConfig('landfall.yaml', START + text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.doesNotMatch(error.message, /hunter2/);
    assert.doesNotMatch(JSON.stringify(error.problems), /hunter2/);
    return error.message;
  }
  return '';
}

const REPOSITORY = 'repository: git@github.com:acme/shop.git\n';

test('a secret in env is refused by its name, with advice and without its value', () => {
  assert.equal(
    problemsOf(`${REPOSITORY}env: { DB_PASSWORD: hunter2 }\n`),
    'landfall.yaml:4:21: env.DB_PASSWORD: a setting of this name would be a secret, and secrets are refused in landfall.yaml; put it into a file on the host that only root can read and name that file in envFiles',
  );
});

test('a secret is refused wherever it stands, also in an environment', () => {
  const places = [
    'env: { DATABASE_URL: "postgresql://shop:hunter2@db/shop" }\n',
    'migrate: { command: [alembic, -x, "url=postgresql://shop:hunter2@db/shop"] }\n',
    'migrate: { command: [migrate, --password=hunter2] }\n',
    'readiness: { url: "https://shop:hunter2@shop.example.com/health/ready" }\n',
    'readiness: { headers: { Authorization: Bearer hunter2 } }\n',
    'readiness: { headers: { X-Api-Key: hunter2 } }\n',
  ];
  for (const place of places) assert.match(problemsOf(REPOSITORY + place), /secrets are refused/, place);
  const environment = `service: shop\n${REPOSITORY}environments: { production: { hosts: [w], env: { TOKEN: hunter2 } } }\n`;
  assert.throws(
    () => parseConfig('landfall.yaml', environment),
    /environments\.production\.env\.TOKEN: a setting/,
  );
});

test('a repository address with a password or token is refused; a user alone over SSH is not', () => {
  assert.match(
    problemsOf('repository: https://bot:hunter2@github.com/acme/shop.git\n'),
    /use an address without/,
  );
  assert.match(
    problemsOf('repository: https://hunter2@github.com/acme/shop.git\n'),
    /use an address without/,
  );
  assert.equal(problemsOf('repository: ssh://git@github.com/acme/shop.git\n'), '');
});

test('a secret in the wrong place or form is not printed either', () => {
  assert.match(problemsOf(`${REPOSITORY}env: [hunter2]\n`), /env: found a list/);
  assert.match(problemsOf(`${REPOSITORY}env: { A: [hunter2] }\n`), /env\.A: found a list/);
  assert.match(problemsOf(`${REPOSITORY}dbPassword: hunter2\n`), /dbPassword: unknown key/);
  assert.match(
    problemsOf(`${REPOSITORY}bind: "redis://:hunter2@cache:6379"\n`),
    /bind: this looks like a secret/,
  );
  assert.match(problemsOf(`${REPOSITORY}"https://a:hunter2@b": x\n`), /\(not shown\): unknown key/);
});

test('names of secrets are told from names of other things', () => {
  for (const name of [
    'DB_PASSWORD',
    'PGPASSWORD',
    'SECRET',
    'CLIENT_SECRET',
    'API_TOKEN',
    'AWS_ACCESS_KEY',
    'SECRET_KEY_BASE',
    'db_pass',
    'apikey',
    'key',
  ]) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of [
    'MONKEY',
    'KEYBOARD',
    'PASSENGERS',
    'TOKEN_TTL',
    'PASSWORD_FILE',
    'STRIPE_PUBLIC_KEY',
    'BYPASS',
  ]) {
    assert.ok(!isSecretName(name), name);
  }
});

test('values of secrets are told from other values', () => {
  for (const value of [
    'amqp://u:p@mq',
    'host=db password=x',
    'x -----BEGIN RSA PRIVATE KEY-----',
    `ghp_${'a'.repeat(36)}`,
  ]) {
    assert.ok(isSecretValue(value), value);
  }
  for (const value of [
    'https://shop.example.com/a:b',
    'postgresql://db:5432/shop',
    'redis://cache:6379/0',
    'deploy@web1:22',
    'me@example.com',
  ]) {
    assert.ok(!isSecretValue(value), value);
  }
});
