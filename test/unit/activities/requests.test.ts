/** The steps that are one request: what the host is asked, and what people read about its answer. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { switchProcesses } from '../../../src/activities/change/processes';
import * as changing from '../../../src/activities/change/requests';
import type { Dependencies } from '../../../src/activities/dependencies';
import * as preparing from '../../../src/activities/prepare/requests';
import type { Listens } from '../../../src/deployment/server-command';
import { processValues } from '../../../src/host-agent/unit';
import { settings as settingsOf } from '../../harness/deploy-input';
import { FakeHost } from '../../harness/fake-host';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

type Step = (dependencies: Dependencies) => (input: never) => Promise<object>;

async function resultOf(step: Step, input: object): Promise<object> {
  const environment = new MockActivityEnvironment({ attempt: 2 }, { logger: new DefaultLogger('ERROR') });
  const on = { service: 'shop', host: host.target, claim: { fence: 7, seq: 3 }, ...input };
  return environment.run(step(host.dependencies), on as never);
}

const settings = settingsOf();
const release = '3-1a2b3c4';
const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const unit = { release, commit, settings };
const asked = (listens: Listens) => () => ({
  release,
  commit,
  address: host.target.bind,
  process: processValues(settings, listens, host.target.bind),
});
const installed = { changed: true, added: 2, removed: 1, diff: '+a', warnings: ['a drop-in runs as root'] };

const DRAINING = { process: 'worker', release: '2-aaaaaaa', until: '2026-01-01T17:20:00Z' };

/** By step: its input, the verb, the fields besides the claim, answers and the result for each. */
const STEPS: [string, Step, object, string, () => object, [object, object][]][] = [
  [
    'repairHost',
    preparing.repairHost,
    {},
    'repair',
    () => ({}),
    [
      [{ repaired: [] }, { note: 'nothing to repair' }],
      [{ repaired: ['a', 'b'] }, { note: 'a; b' }],
    ],
  ],
  [
    'installInstance',
    preparing.installInstance,
    unit,
    'install-instance',
    asked('handed'),
    [
      [installed, { diff: '+a', note: '+2 −1; a drop-in runs as root' }],
      [
        { ...installed, changed: false, warnings: [] },
        { diff: '+a', note: 'unchanged' },
      ],
    ],
  ],
  [
    'discardRelease',
    preparing.discardRelease,
    { release },
    'discard',
    () => ({ release }),
    [
      [{ removed: true }, { note: `${release} removed` }],
      [{ removed: false }, { note: `${release} kept` }],
    ],
  ],
  [
    'closeClaim',
    preparing.closeClaim,
    { outcome: 'deployed' },
    'finish',
    () => ({ outcome: 'deployed' }),
    [[{ closed: true }, { note: 'deployed' }]],
  ],
  [
    'renderUnit',
    changing.renderUnit,
    unit,
    'install-unit',
    asked('itself'),
    [[installed, { diff: '+a', note: 'shop.service +2 −1; a drop-in runs as root' }]],
  ],
  [
    'restoreUnit',
    changing.restoreUnit,
    { to: 'boot' },
    'restore-unit',
    () => ({ to: 'boot' }),
    [
      [{ restored: true }, { note: 'the unit text of the last good release is restored' }],
      [{ restored: false }, { note: 'nothing to restore' }],
    ],
  ],
  [
    'switchRelease',
    changing.switchRelease,
    { release, dependents: 'leave' },
    'switch',
    () => ({ release, dependents: 'leave' }),
    [
      [{ stopping: [], dependents: [] }, { note: `${release} takes over` }],
      [
        { stopping: ['shop@2-aaaaaaa.service'], dependents: [] },
        {
          note: `${release} takes over; shop@2-aaaaaaa.service finishes its requests and ends`,
        },
      ],
      [
        {
          stopping: [],
          dependents: [
            { unit: 'a.service', did: 'restarted' },
            { unit: 'b.service', did: 'restarted' },
            { unit: 'c.service', did: 'root' },
          ],
        },
        {
          note: `${release} takes over; restarted a.service, b.service, which runs from the live release (processes: would make it a part of the release); c.service lags: it runs from an earlier release as root; restart it: systemctl restart c.service`,
        },
      ],
    ],
  ],
  [
    'makeRoom',
    changing.makeRoom,
    { release: null, closeSocket: true, endUser: false, listen: null },
    'make-room',
    () => ({ release: null, closeSocket: true, endUser: false }),
    [[{ stopped: true, ended: 0, listens: false }, { note: 'stopped; the address is closed' }]],
  ],
  [
    'makeRoom for a release',
    changing.makeRoom,
    { release, closeSocket: false, endUser: false, listen: { host: '127.0.0.1', port: 8000 } },
    'make-room',
    () => ({ release, closeSocket: false, endUser: false, listen: { host: '127.0.0.1', port: 8000 } }),
    [[{ stopped: true, ended: 0, listens: true }, { note: 'stopped; connections wait' }]],
  ],
  [
    'makeRoom of everything',
    changing.makeRoom,
    { release: null, closeSocket: true, endUser: true, listen: null },
    'make-room',
    () => ({ release: null, closeSocket: true, endUser: true }),
    [[{ stopped: true, ended: 3, listens: false }, { note: 'stopped; 3 other processes of its user ended' }]],
  ],
  [
    'removeInstance',
    changing.removeInstance,
    { release },
    'remove-instance',
    () => ({ release }),
    [[{ stopped: true }, { note: `${release} does not run` }]],
  ],
  [
    'switchProcesses',
    switchProcesses,
    { release, processes: ['worker'] },
    'switch-processes',
    () => ({ release, names: ['worker'] }),
    [
      [{ draining: [] }, { note: `worker of ${release}`, draining: [] }],
      [
        { draining: [{ ...DRAINING, unit: 'shop@2-aaaaaaa.worker.6.service' }] },
        {
          note: `worker of ${release}; worker of 2-aaaaaaa finishes its tasks, until 2026-01-01 17:20:00 UTC at the latest`,
          draining: [DRAINING],
        },
      ],
    ],
  ],
  [
    'stopService',
    changing.stopService,
    {},
    'stop',
    () => ({}),
    [[{ stopped: true }, { note: 'nothing runs, nothing is enabled' }]],
  ],
];

for (const [name, step, input, verb, fields, answers] of STEPS) {
  test(`${name} asks for ${verb} under its claim`, async () => {
    for (const [answer, result] of answers) {
      let request: Record<string, unknown> = {};
      host.answers = {
        [verb]: (given) => {
          request = given;
          return answer;
        },
      };
      assert.deepEqual(await resultOf(step, input), result);
      const { protocol: _, verb: __, service, claim, ...rest } = request;
      assert.equal(service, 'shop');
      assert.deepEqual(claim, { fence: 7, seq: 3, run: '00000000-0000-0000-0000-000000000000', attempt: 2 });
      assert.deepEqual(rest, fields());
    }
  });
}

test('what has not stopped yet is asked again, and counted in the end', async () => {
  const answers = [
    { stopped: false, ended: 0, listens: false },
    { stopped: false, ended: 0, listens: false },
    { stopped: true, ended: 1, listens: false },
  ];
  host.asked.length = 0;
  host.answers = { 'make-room': () => answers.shift() };
  const result = await resultOf(changing.makeRoom, {
    release: null,
    closeSocket: true,
    endUser: true,
    listen: null,
  });
  assert.deepEqual(result, { note: 'stopped; 1 other processes of its user ended' });
  assert.deepEqual(host.asked, ['make-room', 'make-room', 'make-room']);
});
