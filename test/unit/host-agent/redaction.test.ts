import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redacted } from '../../host/landfall-host/redacted';

const CUT = '[landfall: cut]';
const ENVIRONMENT = 'TOKEN=s3cr3t-shop\nDATABASE_URL=postgres://shop:pass-w0rd@db.example/shop\n';

test('of a secret that was cut, neither half is told', () => {
  assert.equal(redacted(ENVIRONMENT, `token s3cr3t${CUT} and on`), `token ${CUT} and on`);
  assert.equal(redacted(ENVIRONMENT, `${CUT}r3t-shop is bad`), `${CUT} is bad`);
  assert.equal(
    redacted(ENVIRONMENT, `at ${CUT}w0rd@db.example/shop, postgres://sh${CUT}`),
    `at ${CUT}, ${CUT}`,
  );
});

test('a whole secret next to a cut is removed as one', () => {
  assert.equal(redacted(ENVIRONMENT, `${CUT} s3cr3t-shop.${CUT}`), `${CUT} [redacted:TOKEN].${CUT}`);
});

test('a whole secret whose end begins another one goes as a whole', () => {
  const environment = `${ENVIRONMENT}NAME=shop-of-ada\nKIND=my-s3cr3t\n`;
  assert.equal(redacted(environment, `token s3cr3t-shop${CUT}`), `token ${CUT}`);
  assert.equal(redacted(environment, `${CUT}s3cr3t-shop is bad`), `${CUT} is bad`);
});

test('what is not cut, or no half of a secret, stays as it is', () => {
  assert.equal(redacted(ENVIRONMENT, 'half of it: s3cr3t'), 'half of it: s3cr3t');
  assert.equal(redacted(ENVIRONMENT, `no database${CUT}`), `no database${CUT}`);
  assert.equal(redacted('', `no secrets${CUT}`), `no secrets${CUT}`);
});

test('of many cuts none tells a half, and before the last five hundred nothing is told', () => {
  const line = `token s3cr3t${CUT}\n`;
  assert.equal(redacted(ENVIRONMENT, line.repeat(400)), `token ${CUT}\n`.repeat(400));
  assert.equal(redacted(ENVIRONMENT, line.repeat(600)), `${CUT}\n${`token ${CUT}\n`.repeat(499)}`);
});
