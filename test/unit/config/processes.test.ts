/** The key `processes`: read, merged, checked, and as the host is asked for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/config-error';
import { parseConfig } from '../../../src/config/load-config';
import { wordsOf } from '../../../src/deployment/process-command';
import { processUnits } from '../../../src/host-agent/process-units';

function fileWith(processes: string, inEnvironment = '{}'): string {
  return `service: shop
repository: git@example.com:shop.git
processes: ${processes}
environments:
  production:
    hosts: [web1, web2]
    processes: ${inEnvironment}
`;
}

function processesIn(processes: string, inEnvironment?: string) {
  const config = parseConfig('landfall.yaml', fileWith(processes, inEnvironment));
  return config.environments.get('production')?.settings.processes ?? {};
}

function problemIn(processes: string): string {
  try {
    parseConfig('landfall.yaml', fileWith(processes));
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return 'no problem';
}

test('the shortest process has every default', () => {
  assert.deepEqual(processesIn('{ worker: { command: celery -A shop worker } }'), {
    worker: {
      command: 'celery -A shop worker',
      schedule: null,
      singleton: null,
      host: null,
      drain: 30_000,
      stopSignal: 'TERM',
      ready: null,
      stable: 1_000,
      env: {},
      onFailure: null,
    },
  });
});

test("an environment's process is merged with the service's, and others are added", () => {
  const merged = processesIn(
    '{ worker: { command: celery -A shop worker, drain: 1h } }',
    '{ worker: { drain: 6h, ready: { command: celery inspect ping } }, beat: { command: [celery, beat] } }',
  );
  assert.deepEqual(
    [merged.worker?.command, merged.worker?.drain, merged.worker?.ready, merged.beat?.command],
    [
      'celery -A shop worker',
      21_600_000,
      { command: 'celery inspect ping', timeout: 30_000 },
      ['celery', 'beat'],
    ],
  );
});

const REFUSED: [string, string, RegExp][] = [
  ['no command', '{ worker: { drain: 6h } }', /processes\.worker: has no command/],
  ['the name web', '{ web: { command: a } }', /this name cannot be used; allowed: names of processes/],
  ['a name with capitals', '{ Worker: { command: a } }', /this name cannot be used/],
  ['an unknown key', '{ worker: { comand: a } }', /did you mean command\?/],
  ['a command of several lines', '{ worker: { command: "a\\nb" } }', /one line of at most 4000 characters/],
  ['a calendar with a shell character', '{ a: { command: b, schedule: "$(x)" } }', /a calendar of systemd/],
  [
    'a check of a scheduled job',
    '{ a: { command: b, schedule: daily, ready: { command: c } } }',
    /a\.ready: cannot/,
  ],
  ['a check without a command', '{ a: { command: b, ready: { timeout: 5s } } }', /a\.ready: has no command/],
  ['a host without a singleton', '{ a: { command: b, host: web1 } }', /a\.host: is for a singleton/],
  ['a host of nowhere', '{ a: { command: b, singleton: true, host: web9 } }', /allowed: web1, web2/],
  [
    'a scheduled job that rolls back',
    '{ a: { command: b, schedule: daily, onFailure: rollback } }',
    /onFailure: is/,
  ],
  ['a secret', '{ a: { command: b, env: { DB_PASSWORD: x } } }', /envFiles/],
];

for (const [what, processes, problem] of REFUSED)
  test(`refused: ${what}`, () => assert.match(problemIn(processes), problem));

test('a shell becomes the command, unless it has to stay for it', () => {
  const rows: [string | string[], string[]][] = [
    ['celery -A shop worker -n $HOSTNAME', ['/bin/sh', '-c', 'exec celery -A shop worker -n $HOSTNAME']],
    ['cd app && celery worker', ['/bin/sh', '-c', 'cd app && celery worker']],
    ['A=1 celery worker', ['/bin/sh', '-c', 'A=1 celery worker']],
    [
      ['celery', '$A;'],
      ['celery', '$A;'],
    ],
  ];
  for (const [command, words] of rows) assert.deepEqual(wordsOf(command), words);
});

test('a release without processes is asked for as before they existed', () => {
  assert.deepEqual(processUnits({}), {});
  const { processes } = processUnits(
    processesIn('{ nightly: { command: [a], schedule: daily, drain: 2h } }'),
  );
  assert.deepEqual(processes?.nightly, {
    argv: ['a'],
    env: {},
    schedule: 'daily',
    drainMilliseconds: 7_200_000,
    stopSignal: 'TERM',
    stableMilliseconds: 1_000,
    ready: null,
  });
});
