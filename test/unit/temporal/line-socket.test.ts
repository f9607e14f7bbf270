import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { socketFolder, withoutSocket } from '../../../src/temporal/line-socket';

const MAC = '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T';
const LONG = `/home/runner/${'work/'.repeat(20)}tmp`;

describe('the socket that leads to a controller', () => {
  for (const [where, runtime, temporary, folder] of [
    ['the folder of the session', '/run/user/1000', '/tmp', '/run/user/1000'],
    ['the temporary folder without one', undefined, '/tmp', '/tmp'],
    ['the temporary folder of macOS', undefined, MAC, MAC],
    ['the temporary folder when the session has a long one', LONG, '/tmp', '/tmp'],
    ['/tmp when both are too long for a socket', LONG, LONG, '/tmp'],
    ['no folder that is relative', 'run', '/var/tmp', '/var/tmp'],
  ] as const)
    it(`is in ${where}`, () => {
      assert.equal(socketFolder({ runtime, temporary }), folder);
    });

  it('does not exist on Windows, where the user is told of other ways', () => {
    assert.equal(withoutSocket('linux'), null);
    assert.equal(withoutSocket('darwin'), null);
    assert.match(withoutSocket('win32')?.join('\n') ?? '', /WSL 2[\s\S]*TEMPORAL_ADDRESS/);
  });
});
