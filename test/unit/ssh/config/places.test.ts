import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentSocket, keyFiles, systemConfig } from '../../../../src/ssh/config/places';

const PIPE = '\\\\.\\pipe\\openssh-ssh-agent';

describe('places of OpenSSH', () => {
  for (const { platform, env, agent, config, keys } of [
    { platform: 'linux', env: {}, agent: null, config: '/etc/ssh/ssh_config', keys: [] },
    {
      platform: 'darwin',
      env: { SSH_AUTH_SOCK: '/private/tmp/agent', LANDFALL_SSH_KEY: '/Users/ada/.ssh/one:/Users/ada/two' },
      agent: '/private/tmp/agent',
      config: '/etc/ssh/ssh_config',
      keys: ['/Users/ada/.ssh/one', '/Users/ada/two'],
    },
    {
      platform: 'win32',
      env: { LANDFALL_SSH_KEY: 'C:\\Users\\Ada\\.ssh\\one;D:\\two', ProgramData: 'C:\\ProgramData' },
      agent: PIPE,
      config: 'C:\\ProgramData\\ssh\\ssh_config',
      keys: ['C:\\Users\\Ada\\.ssh\\one', 'D:\\two'],
    },
    {
      platform: 'win32',
      env: { SSH_AUTH_SOCK: 'other' },
      agent: 'other',
      config: 'C:\\ProgramData\\ssh\\ssh_config',
      keys: [],
    },
  ] as const)
    it(`on ${platform} with ${Object.keys(env).join(' and ') || 'no variable'}`, () => {
      assert.equal(agentSocket({ platform, env }), agent);
      assert.equal(systemConfig({ platform, env }), config);
      assert.deepEqual(keyFiles({ platform, env }), keys);
    });
});
