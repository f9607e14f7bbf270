/** The additions to the commands of Celery, and the commands that stay as the project has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Process } from '../../../src/config/processes';
import { settingsForm } from '../../../src/config/settings';
import { sharedNodes, withCelery } from '../../../src/deployment/celery';

type Command = Process['command'];

/** With the defaults of landfall.yaml. */
function processOf(command: Command, ready: Command | null = null, env = {}): Process {
  const written = { command, env, ...(ready === null ? {} : { ready: { command: ready } }) };
  const { process } = settingsForm.read({ processes: { process: written } }, { service: 'shop' }).processes;
  assert.ok(process !== undefined);
  return process;
}

function completed(name: string, process: Process, namesBeatFile = false): [Command, Command | null] {
  const project = { unit: 'shop.service', namesBeatFile };
  const once = withCelery({ [name]: process }, project);
  assert.deepEqual(withCelery(once, project), once, 'safe to take twice');
  return [once[name]?.command ?? '', once[name]?.ready?.command ?? null];
}

const NODE = 'worker-$LANDFALL_RELEASE';
const PING = 'celery -A shop inspect ping';
const WORKER = 'celery -A shop worker';

/** Of a process `worker`: its command and `ready` command, and both as they run. */
const WORKERS: Record<string, [Process, Command, Command | null]> = {
  'a worker gets a node name': [processOf(WORKER), `${WORKER} --hostname=${NODE}@%h`, null],
  'the worker is asked by that name': [
    processOf(WORKER, `${PING} -d $HOSTNAME`),
    `${WORKER} --hostname=${NODE}@%h`,
    `${PING} -d ${NODE}@$HOSTNAME`,
  ],
  "also where Celery's usual name is written": [
    processOf(`python -m ${WORKER} -c 2`, `${PING} --destination="celery@\${HOSTNAME}" --timeout 5`),
    `python -m ${WORKER} -c 2 --hostname=${NODE}@%h`,
    `${PING} --destination=${NODE}@$HOSTNAME --timeout 5`,
  ],
  'all workers are asked as written': [processOf(WORKER, PING), `${WORKER} --hostname=${NODE}@%h`, PING],
  'a list of words needs a shell for the name': [
    processOf(['.venv/bin/celery', '--app', 'worker', '-q', 'worker', '-Q', 'a']),
    [
      '/bin/sh',
      '-c',
      `exec "$@" --hostname=${NODE}@%h`,
      'sh',
      ...['.venv/bin/celery', '--app', 'worker', '-q', 'worker', '-Q', 'a'],
    ],
    null,
  ],
  'a name of the project stays, and Celery has an @ in each': [
    processOf(`${WORKER} -n $HOSTNAME`, `${PING} -d $HOSTNAME`),
    `${WORKER} -n $HOSTNAME`,
    `${PING} -d celery@$HOSTNAME`,
  ],
  'a question to another name keeps the usual name': [
    processOf(WORKER, `${PING} -d celery@web1`),
    WORKER,
    `${PING} -d celery@web1`,
  ],
  'a name in the environment stays': [
    processOf(WORKER, null, { CELERY_WORKER_HOSTNAME: 'w@%h' }),
    WORKER,
    null,
  ],
  'a longer command is the project’s own': [
    processOf(`cd app && ${WORKER}`, `${PING} -d $HOSTNAME`),
    `cd app && ${WORKER}`,
    `${PING} -d celery@$HOSTNAME`,
  ],
  'another program is left alone': [
    processOf('python worker.py -d $HOSTNAME', 'test -d $HOSTNAME'),
    'python worker.py -d $HOSTNAME',
    'test -d $HOSTNAME',
  ],
};

for (const [name, [process, command, ready]] of Object.entries(WORKERS))
  test(name, () => assert.deepEqual(completed('worker', process), [command, ready]));

test('beat keeps its schedule where it may write, unless the project says where', () => {
  const beat = 'celery -A shop beat';
  const file = `"\${CELERY_BEAT_SCHEDULE:-$HOME/.celerybeat-shop-beat}"`;
  const commandOf = (command: string, namesFile = false) =>
    completed('beat', processOf(command), namesFile)[0];
  assert.equal(commandOf(beat), `${beat} --schedule=${file}`);
  assert.equal(commandOf(beat, true), beat);
  assert.equal(commandOf(`${beat} -s /var/x`), `${beat} -s /var/x`);
  assert.equal(commandOf('celery -A worker flower'), 'celery -A worker flower');
});

test('a node name that every release has is told beforehand', () => {
  const told = (command: Command, ready?: Command) =>
    sharedNodes({ worker: processOf(command, ready ?? null) }).length;
  assert.deepEqual(
    [
      told(WORKER),
      told(`${WORKER} -n w@%h`),
      told(`${WORKER} -n w-$LANDFALL_RELEASE@%h`),
      told(`cd app && ${WORKER}`),
      told(WORKER, `${PING} -d celery@web1`),
      told('celery -A shop beat'),
    ],
    [0, 1, 0, 1, 1, 0],
  );
  assert.match(sharedNodes({ a: processOf(`${WORKER} -n w`) })[0] ?? '', /write -n a-\$LANDFALL_RELEASE@%h/);
});
