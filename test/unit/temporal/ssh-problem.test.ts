import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseController } from '../../../src/config/controller-address';
import { controllerFrom } from '../../../src/temporal/connection';
import { sshArguments } from '../../../src/temporal/over-ssh';
import { sshProblem } from '../../../src/temporal/ssh-problem';

const OPS = 'ssh://landfall@ops:2222';
const problem = (code: number | 'missing' | null, complaint = '') =>
  sshProblem(code, complaint, OPS).join('\n');

test('what ssh says has a sentence and a next step', () => {
  const rows: [number | 'missing' | null, string, RegExp][] = [
    ['missing', '', /has no ssh command[\s\S]*Install the OpenSSH client/],
    [
      255,
      'landfall@ops: Permission denied (publickey).\r\n',
      /does not take the SSH key[\s\S]*key add HOST NAME/,
    ],
    [
      255,
      'No ED25519 host key is known for ops and you have requested strict checking.\nHost key verification failed.',
      /host key is not known[\s\S]*ssh landfall@ops /,
    ],
    [
      255,
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      /another machine may answer[\s\S]*ssh-keygen -R/,
    ],
    [
      255,
      'ssh: Could not resolve hostname ops: Name or service not known',
      /name is not known here[\s\S]*LANDFALL_CONTROLLER/,
    ],
    [255, 'kex_exchange_identification: Connection closed by remote host', /SSH server does not answer/],
    [
      255,
      'something new',
      /ssh ended with 255 before the engine answered\.\nsomething new\nTry it by hand: ssh landfall@ops landfall engine/,
    ],
    [
      127,
      'sh: 1: landfall: not found',
      /has no landfall command \(sh: 1: landfall: not found\)[\s\S]*controller install/,
    ],
    [
      1,
      'The key ci may not reach the engine.\n',
      /^The controller ssh:\/\/landfall@ops:2222 refuses:\nThe key ci may not reach the engine\.$/,
    ],
    [0, '', /ended with 0 before the engine answered/],
    [null, '', /ended with a signal/],
  ];
  for (const [code, complaint, says] of rows) assert.match(problem(code, complaint), says, complaint);
});

test('ssh is told to verify the host, to ask no person, and to lend nothing', () => {
  const words = sshArguments(parseController(OPS) ?? assert.fail());
  assert.deepEqual(words.slice(-7), ['-l', 'landfall', '-p', '2222', '--', 'ops', 'landfall engine']);
  for (const option of ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ClearAllForwardings=yes'])
    assert.equal(words[words.indexOf(option) - 1], '-o', option);
  for (const flag of ['-T', '-a', '-x']) assert.ok(words.includes(flag), flag);
  const plain = sshArguments({ host: 'ops', user: null, port: null });
  assert.deepEqual(plain.slice(-3), ['--', 'ops', 'landfall engine']);
  assert.ok(!plain.includes('-l') && !plain.includes('-p'));
});

test('the environment counts before landfall.yaml', () => {
  const written = parseController('ssh://ops');
  assert.equal(controllerFrom({}, written), written);
  assert.equal(controllerFrom({}, null), null);
  assert.equal(controllerFrom({ TEMPORAL_ADDRESS: '127.0.0.1:7233' }, written), null);
  assert.equal(controllerFrom({ TEMPORAL_PROFILE: 'prod' }, written), null);
  const other = { LANDFALL_CONTROLLER: 'ssh://other', TEMPORAL_ADDRESS: '127.0.0.1:7233' };
  assert.equal(controllerFrom(other, written)?.host, 'other');
  assert.equal(controllerFrom({ LANDFALL_CONTROLLER: '' }, written), written);
  assert.throws(() => controllerFrom({ LANDFALL_CONTROLLER: 'ops' }, null), /LANDFALL_CONTROLLER is not the/);
});
