import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import type { Address, ProcessValues, UnitRequest } from '../../../src/contract/contract-types';
import { bindArgument } from '../../../src/deployment/gunicorn';
import type { Listens } from '../../../src/deployment/server-command';
import { processValues } from '../../../src/host-agent/unit';
import { settings } from '../../harness/deploy-input';
import { GATE, type Rendered, rendered, textOf } from '../../harness/rendered-units';

/** The text of a unit, and which values the host refuses: its own Python, without a host. */
const RELEASE = '3-1a2b3c4';
const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const tcp = { host: '127.0.0.1', port: 8000 };

function requestOf(changes: Partial<ProcessValues> = {}, address: Address = tcp): Omit<UnitRequest, 'claim'> {
  const process = processValues(settings(), 'itself', address);
  return { release: RELEASE, commit, address, process: { ...process, ...changes } };
}

/** With these keys of `gunicorn:`. */
const started = (listens: Listens, changes: Partial<ServiceSettings['gunicorn']>) => {
  const { gunicorn } = settings();
  const { server } = processValues(settings({ gunicorn: { ...gunicorn, ...changes } }), listens, tcp);
  return { server };
};

const alone = (changes: Partial<ProcessValues> = {}, address?: Address, given: string[] = []) =>
  textOf({ kind: 'alone', request: requestOf(changes, address), given });

const { server, readiness } = requestOf().process;

test('the unit of a release that runs alone, whole', () => {
  assert.equal(
    alone({ env: { LOG_LEVEL: 'info', GREETING: 'hello world' } }),
    `# Written by Landfall for this release; changes made here are lost with the next deploy.
# Your own settings belong in a drop-in: systemctl edit shop.service
[Unit]
Description=shop, release 3-1a2b3c4
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
User=shop
Group=shop
SyslogIdentifier=shop
Environment=LANDFALL_RELEASE=3-1a2b3c4
EnvironmentFile=/etc/shop/env
RuntimeDirectory=landfall/services/shop/3-1a2b3c4
RuntimeDirectoryMode=0755
ExecStart=/usr/bin/env --chdir=/srv/shop/releases/3-1a2b3c4 -- \\
    XDG_RUNTIME_DIR=/run/landfall/services/shop/3-1a2b3c4 \\
    PYTHONUNBUFFERED=1 \\
    HOME=/srv/shop/home \\
    LOG_LEVEL=info \\
    "GREETING=hello world" \\
    PATH=/srv/shop/releases/3-1a2b3c4/.venv/bin:/usr/local/bin:/usr/bin:/bin \\
    LANDFALL_COMMIT=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d \\
    LANDFALL_CURRENT=/srv/shop/current \\
    LANDFALL_PHASE=serve \\
    "LANDFALL_GATE={\\"path\\":\\"/health/ready\\",\\"headers\\":{\\"Host\\":\\"127.0.0.1:8000\\"},\\"successes\\":3,\\"timeoutMilliseconds\\":60000,\\"requestTimeoutMilliseconds\\":2000,\\"standardClass\\":\\"uvicorn_worker.UvicornWorker\\",\\"configFile\\":null,\\"preload\\":null,\\"stopMilliseconds\\":30000,\\"alone\\":true}" \\
    /srv/shop/releases/3-1a2b3c4/.venv/bin/python -m gunicorn \\
    --config ${GATE}/conf.py \\
    --bind 127.0.0.1:8000 \\
    main:app
KillMode=mixed
TimeoutStopSec=40
TimeoutStartSec=90
Restart=always
RestartSec=1
NoNewPrivileges=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`,
  );
});

test('the whole unit of a release that runs alongside others', () => {
  const changes = {
    ...started('handed', { preload: true, configFile: 'deploy/gunicorn.conf.py' }),
    readiness: { ...readiness, headers: { Host: 'shop.example.com' }, timeoutMilliseconds: 60_001 },
  };
  assert.equal(
    textOf({ kind: 'alongside', request: requestOf(changes) }),
    `# Written by Landfall for this release; changes made here are lost with the next deploy.
# Your own settings belong in a drop-in: systemctl edit --force shop@.service
[Unit]
Description=shop, release 3-1a2b3c4
After=network-online.target
Wants=network-online.target
PartOf=shop.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
Sockets=shop.socket
NonBlocking=yes
User=shop
Group=shop
SyslogIdentifier=shop
Environment=LANDFALL_RELEASE=3-1a2b3c4
EnvironmentFile=/etc/shop/env
EnvironmentFile=-/run/landfall/trials/shop@3-1a2b3c4
RuntimeDirectory=landfall/services/shop/3-1a2b3c4
RuntimeDirectoryMode=0755
ExecStart=/usr/bin/env --chdir=/srv/shop/releases/3-1a2b3c4 -- \\
    XDG_RUNTIME_DIR=/run/landfall/services/shop/3-1a2b3c4 \\
    PYTHONUNBUFFERED=1 \\
    HOME=/srv/shop/home \\
    PATH=/srv/shop/releases/3-1a2b3c4/.venv/bin:/usr/local/bin:/usr/bin:/bin \\
    LANDFALL_COMMIT=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d \\
    LANDFALL_CURRENT=/srv/shop/current \\
    LANDFALL_PHASE=serve \\
    "LANDFALL_GATE={\\"path\\":\\"/health/ready\\",\\"headers\\":{\\"Host\\":\\"shop.example.com\\"},\\"successes\\":3,\\"timeoutMilliseconds\\":60001,\\"requestTimeoutMilliseconds\\":2000,\\"standardClass\\":\\"uvicorn_worker.UvicornWorker\\",\\"configFile\\":\\"deploy/gunicorn.conf.py\\",\\"preload\\":true,\\"stopMilliseconds\\":30000}" \\
    /srv/shop/releases/3-1a2b3c4/.venv/bin/python -m gunicorn \\
    --config ${GATE}/conf.py \\
    --preload \\
    main:app
KillMode=mixed
TimeoutStopSec=40
TimeoutStartSec=91
Restart=always
RestartSec=1
NoNewPrivileges=yes
PrivateTmp=yes
`,
  );
});

test('an argument is there only where landfall.yaml writes it', () => {
  assert.doesNotMatch(alone(), /--(preload|workers|worker-class|threads|timeout|graceful-timeout)/);
  const all = { workers: 3, workerClass: 'gthread', threads: 8, timeout: 60_000, gracefulTimeout: 5_000 };
  const words = '--workers 3 --worker-class gthread --threads 8 --timeout 60 --graceful-timeout 5 main:app';
  assert.ok(
    alone(started('itself', all))
      .replace(/ \\\n +/g, ' ')
      .includes(words),
  );
});

test('an address is spelled as Gunicorn reads it; the directory for its own socket is made only where it is one', () => {
  assert.equal(bindArgument(tcp), '127.0.0.1:8000');
  assert.equal(bindArgument({ host: '::1', port: 80 }), '[::1]:80');
  assert.equal(bindArgument({ socket: '/run/shop.sock' }), 'unix:/run/shop.sock');
  assert.match(alone({}, { host: '::1', port: 80 }), / --bind "\[::1\]:80" /);
  assert.match(alone({}, { socket: '/run/shop.run/x' }), /^RuntimeDirectory=landfall\/\S+ shop\.run$/m);
  assert.match(alone({}, { socket: '/run/shop.runs/x' }), /^RuntimeDirectory=landfall\/\S+$/m);
});

test('what root sets in environment files is left out, whatever it is', () => {
  const text = alone({ env: { A: '1', B: '2' } }, tcp, ['A', 'PATH']);
  assert.doesNotMatch(text, / A=1| PATH=/);
  assert.match(text, / B=2/);
});

test('the metrics of several workers lie in a folder of the release, also where root names one', () => {
  const env = { PROMETHEUS_MULTIPROC_DIR: '/srv/shop/shared/metrics' };
  const root = ['PROMETHEUS_MULTIPROC_DIR'];
  for (const text of [alone({ env }), alone({ env }, tcp, root), alone({ env: {} }, tcp, root)]) {
    assert.match(text, / PROMETHEUS_MULTIPROC_DIR=\/run\/landfall\/services\/shop\/3-1a2b3c4\/prometheus /);
    assert.match(text, /^RuntimeDirectory=\S+\/3-1a2b3c4 landfall\/services\/shop\/3-1a2b3c4\/prometheus$/m);
  }
});

test('no value begins a directive, a comment or a command of its own, or is expanded', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what systemd would replace
  const hostile = '"; +/bin/sh ; # $HOME ${PATH} %h \\';
  const lines = alone({ env: { NOTE: hostile, _: '#' } }).split('\n');
  assert.ok(lines.includes('    "NOTE=\\"; +/bin/sh ; # $$HOME $${PATH} %%h \\\\" \\'), lines.join('\n'));
  const begins = lines.filter((line) => !/^([A-Z]\w+=|\[|#|$)/.test(line));
  for (const line of begins) assert.match(line, /^ {4}["A-Za-z_/-]/);
});

const gateOf = (gate: object) => ({ server: { ...server, gate: { ...server.gate, ...gate } } });

/** Each is refused by the named field. */
const REFUSED: [string, object, RegExp][] = [
  ['an app with a call in its argument', { app: 'main:app(open())' }, /app: must be module:attribute/],
  ['an app that is an option', { app: '--chdir=/' }, /app/],
  ['an app on two lines', { app: 'main:app\n' }, /app/],
  ['a server of its own', { server: { ...server, name: 'bash' } }, /name/],
  ['a word on two lines', { server: { ...server, command: ['a\nUser=root'] } }, /command/],
  ['too many words', { server: { ...server, command: Array(201).fill('a') } }, /command/],
  ['a worker class that is a path', gateOf({ standardClass: '../x' }), /standardClass/],
  ['no time to stop', { server: { ...server, stopMilliseconds: 0 } }, /stopMilliseconds/],
  ['two hours to stop', { server: { ...server, stopMilliseconds: 7_200_000 } }, /to 3600000/],
  ['a configuration elsewhere', gateOf({ configFile: '/etc/x.py' }), /configFile/],
  ['a configuration out of the release', gateOf({ configFile: 'a/../../x.py' }), /configFile/],
  ['a configuration with a comment', gateOf({ configFile: ';x' }), /configFile/],
  ['a field more', { server: { ...server, restartSeconds: 0 } }, /unknown field/],
  [
    'more than a day to start',
    { readiness: { ...readiness, timeoutMilliseconds: 86_400_001 } },
    /timeoutMill/,
  ],
  [
    'a header on two lines',
    { readiness: { ...readiness, headers: { A: 'x\r\nB: y' } } },
    /headers: 'A': must be ASCII/,
  ],
  ['a path with a space', { readiness: { ...readiness, path: '/ HTTP/1.1' } }, /path/],
  [
    'a release of its own',
    { env: { LANDFALL_RELEASE: '9-other00' } },
    /'LANDFALL_RELEASE': must be .* neither to systemd nor to Landfall/,
  ],
  ['a path of its own', { env: { PATH: '/opt/bin' } }, /'PATH': must be .* neither to systemd/],
  ['a socket of its own', { env: { NOTIFY_SOCKET: '/x' } }, /'NOTIFY_SOCKET': must be .* neither to systemd/],
  ['a name that is an option', { env: { '-i': 'x' } }, /name of a variable/],
  ['a name with =', { env: { 'A=B': 'x' } }, /name of a variable/],
  ['a value on two lines', { env: { A: 'x\nUser=root' } }, /on one line/],
  ['a noncharacter', { env: { A: '\ufffe' } }, /without noncharacters/],
  ['half a character', { env: { A: '\ud800' } }, /on one line/],
  [
    'too much',
    { env: { A: 'x'.repeat(30_000), B: 'x'.repeat(30_000), C: 'x'.repeat(30_000) } },
    /at most 65536 characters in all/,
  ],
];

test('values beyond their type or limit are refused by name, for both kinds of unit', () => {
  for (const kind of ['alone', 'alongside'] as const) {
    const answers = rendered(REFUSED.map(([, changes]) => ({ kind, request: requestOf(changes) })));
    REFUSED.forEach(([what, , expected], at) => {
      const answer: Rendered | undefined = answers[at];
      assert.ok(answer !== undefined && 'refused' in answer, what);
      assert.match(answer.refused, expected, what);
    });
  }
});
