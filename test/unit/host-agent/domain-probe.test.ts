import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  certificateOf,
  type DomainAnswer,
  domainInWords,
  isServed,
} from '../../../src/host-agent/domain-probe';

const GOOD: DomainAnswer = {
  name: 'shop.example.com',
  status: 200,
  certificate: { issuer: 'R11', until: '2027-02-24T00:00:00.000Z', distrusted: null },
  error: null,
};

const CASES: [answer: DomainAnswer, served: boolean, words: string][] = [
  [GOOD, true, 'https://shop.example.com answers 200, certificate of R11 until 2027-02-24'],
  [
    { ...GOOD, status: 502 },
    false,
    'https://shop.example.com answers 502, certificate of R11 until 2027-02-24',
  ],
  [
    { ...GOOD, status: null, certificate: null, error: 'Connection refused' },
    false,
    'https://shop.example.com does not answer: Connection refused, and has no certificate',
  ],
  [
    { ...GOOD, certificate: { issuer: 'Own', until: '2027-02-24T00:00:00.000Z', distrusted: 'self-signed' } },
    true,
    'https://shop.example.com answers 200, certificate of Own until 2027-02-24, which this host does not trust (self-signed)',
  ],
];
for (const [answer, served, words] of CASES) {
  test(words, () => {
    assert.equal(domainInWords(answer), words);
    assert.equal(isServed(answer), served);
  });
}

const EXAMPLE =
  'MIIBozCCAUmgAwIBAgIUFxUpGepY7P2rjT7Wme/CjSHDoXIwCgYIKoZIzj0EAwIwJzEQMA4GA1UECgwHRXhhbXBsZTETMBEGA1UEAwwKRXhhbXBsZSBSMTAeFw0yNjExMjYyMzU0MjRaFw0zNjExMjMyMzU0MjRaMCcxEDAOBgNVBAoMB0V4YW1wbGUxEzARBgNVBAMMCkV4YW1wbGUgUjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ5IlzgVNtM286wKLbdTOyHkt90X4N80cFq99vKVA1d8xzxPb/GDlM73S/Nj0a+ekwiNz0LTHs2k5yrTk3Aii11o1MwUTAdBgNVHQ4EFgQU+Ta73Ezt2RuSHk2+64RgKT5k1BcwHwYDVR0jBBgwFoAU+Ta73Ezt2RuSHk2+64RgKT5k1BcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBYRt8ARQUjsP/Hq7FX4/Rowu4JiNMz4QRMlfu+x5+58wIhAOr0fiDYRfq2S1NZXIQIjDwG3Fr0Jmlr8jhJOu2HGsrm';
/** Its name clears a screen and turns the direction of a text. */
const HOSTILE =
  'MIIBgDCCASegAwIBAgIUeLvSNctPm+UQSGT6ui9F1HvyosgwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLQRtbMkoJQuKArkMwHhcNMjYxMTI2MjM1NDI0WhcNMzYxMTIzMjM1NDI0WjAWMRQwEgYDVQQDDAtBG1sySglC4oCuQzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABK/lBM09ZOIvlBMiGTZkg8quT1EKc/qEW9P273pfQLy0cE2cbqINiK58JO1hU9tz6Pw9VzMuyjaHljMsJ1ju4NCjUzBRMB0GA1UdDgQWBBTnuKE5q4FjK6ljDpagPh+n/Mcp1jAfBgNVHSMEGDAWgBTnuKE5q4FjK6ljDpagPh+n/Mcp1jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGgnYkQYxdPmxVzT7LLgWXAzmwEn5RTt1hcQADY2YUBbAiBIj6Vi3LrBjntZoK05WxtFilVk7YZ6wANzD5tO4zrAKQ==';

test('a certificate tells its issuer and its end', () => {
  const { issuer, until } = certificateOf({ certificate: EXAMPLE, distrusted: null }) ?? {};
  assert.equal(issuer, 'Example R1');
  assert.match(until ?? '', /^2036-/);
});

test('no bytes of a host act on a terminal, and invalid bytes are not a certificate', () => {
  const { issuer = '' } = certificateOf({ certificate: HOSTILE, distrusted: 'x' }) ?? {};
  assert.match(issuer, /^A[\x20-\x7e]+C$/);
  for (const certificate of [null, '', 'AAAA', EXAMPLE.slice(0, 100)])
    assert.equal(certificateOf({ certificate, distrusted: null }), null);
});
