import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ServiceSettings } from '../../src/config/deploy-input';
import { bindArgument, gunicornArguments } from '../../src/host/gunicorn';
import type { Address } from '../../src/host/protocol';
import { instanceText, unitText } from '../../src/host/unit';
import { quoteForCommand, quoteForUnit } from '../../src/host/unit-quoting';
import { startHost, type TestHost } from '../hosts';
import { settings } from '../support/deploy-input';

const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const RELEASE = '3-1a2b3c4';
const tcp = { host: '127.0.0.1', port: 8000 };

const textOf = (changes: Partial<ServiceSettings> = {}, bind: Address = tcp) =>
  unitText('shop', settings(changes), RELEASE, COMMIT, bind);

const linesOf = (name: string, text: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}=`));

test('the unit of a service, whole', () => {
  assert.equal(
    textOf({ env: { LOG_LEVEL: 'info', GREETING: 'hello world' } }),
    `# Written by Landfall for this release; changes made here are lost with the next deploy.
# Your own settings belong in a drop-in: systemctl edit.
[Unit]
Description=shop, release 3-1a2b3c4
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
User=shop
Group=shop
WorkingDirectory=/srv/shop/releases/3-1a2b3c4
Environment=XDG_RUNTIME_DIR=/run/landfall/services/shop/3-1a2b3c4
Environment=PYTHONUNBUFFERED=1
Environment=LOG_LEVEL=info
Environment="GREETING=hello world"
Environment=PATH=/srv/shop/releases/3-1a2b3c4/.venv/bin:/usr/local/bin:/usr/bin:/bin
Environment=LANDFALL_RELEASE=3-1a2b3c4
Environment=LANDFALL_COMMIT=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
EnvironmentFile=/etc/shop/env
RuntimeDirectory=landfall/services/shop/3-1a2b3c4
RuntimeDirectoryMode=0755
ExecStart=/srv/shop/releases/3-1a2b3c4/.venv/bin/python -m gunicorn --bind 127.0.0.1:8000 --workers 2 --worker-class uvicorn_worker.UvicornWorker --timeout 30 --graceful-timeout 30 main:app
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

test('the unit of a release that runs beside others, whole', () => {
  const { gunicorn, readiness } = settings();
  const changed = settings({
    gunicorn: { ...gunicorn, preload: true, configFile: 'deploy/gunicorn.conf.py' },
    readiness: { ...readiness, headers: { Host: 'shop.example.com' } },
  });
  const instance = {
    service: 'shop',
    release: RELEASE,
    commit: COMMIT,
    gate: '/usr/local/lib/landfall/gate-0/conf.py',
  };
  assert.equal(
    instanceText(changed, instance),
    `# Written by Landfall for this release; changes made here are lost with the next deploy.
# Your own settings belong in a drop-in: systemctl edit --force shop@.service.
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
WorkingDirectory=/srv/shop/releases/3-1a2b3c4
Environment=XDG_RUNTIME_DIR=/run/landfall/services/shop/3-1a2b3c4
Environment=PYTHONUNBUFFERED=1
Environment=PATH=/srv/shop/releases/3-1a2b3c4/.venv/bin:/usr/local/bin:/usr/bin:/bin
Environment=LANDFALL_RELEASE=3-1a2b3c4
Environment=LANDFALL_COMMIT=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
Environment="LANDFALL_GATE={\\"workerClass\\":\\"uvicorn_worker.UvicornWorker\\",\\"configFile\\":\\"deploy/gunicorn.conf.py\\",\\"path\\":\\"/health/ready\\",\\"headers\\":{\\"Host\\":\\"shop.example.com\\"},\\"timeoutMilliseconds\\":60000,\\"requestTimeoutMilliseconds\\":2000}"
EnvironmentFile=/etc/shop/env
EnvironmentFile=-/run/landfall/trials/shop@3-1a2b3c4
RuntimeDirectory=landfall/services/shop/3-1a2b3c4
RuntimeDirectoryMode=0755
ExecStart=/srv/shop/releases/3-1a2b3c4/.venv/bin/python -m gunicorn --config /usr/local/lib/landfall/gate-0/conf.py --workers 2 --timeout 30 --graceful-timeout 30 --preload main:app
KillMode=mixed
TimeoutStopSec=40
TimeoutStartSec=90
Restart=always
RestartSec=1
NoNewPrivileges=yes
PrivateTmp=yes
`,
  );
});

test('preload and a configuration of the project are arguments only where they were asked for', () => {
  const { gunicorn } = settings();
  const more = settings({ gunicorn: { ...gunicorn, preload: true, configFile: 'deploy/gunicorn.conf.py' } });
  assert.equal(
    gunicornArguments(more, '127.0.0.1:8000', 4).join(' '),
    '--config deploy/gunicorn.conf.py --bind 127.0.0.1:8000 --workers 4 --worker-class uvicorn_worker.UvicornWorker --timeout 30 --graceful-timeout 30 --preload main:app',
  );
  assert.doesNotMatch(textOf(), /--preload|--config/);
});

test('an address is spelled as Gunicorn reads it', () => {
  assert.equal(bindArgument(tcp), '127.0.0.1:8000');
  assert.equal(bindArgument({ host: '::1', port: 80 }), '[::1]:80');
  assert.equal(bindArgument({ socket: '/run/shop.sock' }), 'unix:/run/shop.sock');
  assert.match(textOf({}, { host: '::1', port: 80 }), / --bind "\[::1\]:80" /);
});

test('what says which release runs cannot be set by the service', () => {
  const text = textOf({ env: { LANDFALL_RELEASE: '9-other', LANDFALL_COMMIT: 'x', PATH: '/opt/bin' } });
  assert.deepEqual(linesOf('Environment', text).sort(), [
    `Environment=LANDFALL_COMMIT=${COMMIT}`,
    `Environment=LANDFALL_RELEASE=${RELEASE}`,
    'Environment=PATH=/srv/shop/releases/3-1a2b3c4/.venv/bin:/usr/local/bin:/usr/bin:/bin',
    'Environment=PYTHONUNBUFFERED=1',
    'Environment=XDG_RUNTIME_DIR=/run/landfall/services/shop/3-1a2b3c4',
  ]);
});

test('a value cannot begin a line of its own', () => {
  const text = textOf({ env: { NOTE: 'x\nExecStartPre=/usr/bin/id\r\n[Service]\n\tUser=root' } });
  assert.deepEqual(linesOf('ExecStartPre', text), []);
  assert.deepEqual(linesOf('User', text), ['User=shop']);
});

test('quotes are the same in both places, but a dollar is doubled in a command', () => {
  assert.equal(quoteForUnit('a $HOME 100% "b" \\c'), '"a $HOME 100%% \\"b\\" \\\\c"');
  assert.equal(quoteForCommand('a $HOME 100% "b" \\c'), '"a $$HOME 100%% \\"b\\" \\\\c"');
  assert.equal(quoteForUnit(''), '""');
});

/** Stands where the release's interpreter would, and writes down what systemd gave it. */
const WITNESS = `#!/usr/bin/python3 -I
import json, os, socket, sys, time
seen = os.environ["XDG_RUNTIME_DIR"] + "/seen"
with open(seen + ".tmp", "w") as file:
    json.dump({"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "uid": os.getuid()}, file)
os.rename(seen + ".tmp", seen)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.connect(os.environ["NOTIFY_SOCKET"])
    notify.send(b"READY=1")
time.sleep(600)
`;

const HOSTILE: Record<string, string> = {
  EMPTY: '',
  SPACES: '  two  spaces ',
  DOUBLE: 'say "hello"',
  SINGLE: "it's",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what systemd would replace
  DOLLAR: '$HOME ${PATH} $$ $',
  PERCENT: '100% %n %% %H %',
  BACKSLASH: 'C:\\new\\table \\x41 \\\\ \\',
  SEMICOLON: '; a;b #c',
  LOOKS_QUOTED: '"a b"',
  UNICODE: 'grüße ✓ 日本',
  EQUALS: 'a=b c=d',
  JSON: '{"a": ["b", 1], "c": "\\"%d\\""}',
  LINES: 'one\ntwo\r\n\tthree',
  NAME: 'B=1" "C=2',
};

let host: TestHost;
before(async () => {
  host = await startHost();
  const ran = await host.root(
    `useradd --system shop && mkdir -p /srv/shop/releases/${RELEASE}/.venv/bin /etc/shop && touch /etc/shop/env && ` +
      `install -m 755 /dev/stdin /srv/shop/releases/${RELEASE}/.venv/bin/python <<'END'\n${WITNESS}END\n`,
  );
  assert.equal(ran.code, 0, ran.stderr);
});
after(() => host.stop());

interface Seen {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
}

/** Starts that unit. @returns what its process got, as the process itself tells */
async function started(text: string): Promise<Seen> {
  const ran = await host.root(
    "base64 -d >/etc/systemd/system/shop.service <<'END'\n" +
      `${Buffer.from(text).toString('base64')}\nEND\n` +
      'systemctl daemon-reload && systemd-analyze verify shop.service && systemctl restart shop && cat /run/landfall/services/shop/*/seen',
  );
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
  assert.equal(ran.stderr, '');
  return JSON.parse(ran.stdout) as Seen;
}

test("systemd gives the process exactly these values, as the service's user, in the release", async () => {
  const { argv, env, cwd, uid } = await started(textOf({ env: HOSTILE }));
  const given = Object.fromEntries(Object.keys(HOSTILE).map((name) => [name, env[name]]));
  assert.deepEqual(given, HOSTILE);
  assert.equal(env.LANDFALL_RELEASE, RELEASE);
  assert.equal(env.XDG_RUNTIME_DIR, `/run/landfall/services/shop/${RELEASE}`);
  assert.deepEqual(argv, ['-m', 'gunicorn', ...gunicornArguments(settings(), '127.0.0.1:8000', 2)]);
  assert.equal(cwd, `/srv/shop/releases/${RELEASE}`);
  assert.notEqual(uid, 0);
});

test('systemd gives the command exactly these words', async () => {
  const words = Object.values(HOSTILE).filter((word) => word !== '');
  for (let at = 0; at < words.length; at += 3) {
    const [app = 'main:app', configFile = null, name = 'shop'] = words.slice(at, at + 3);
    const hostile = settings({ app, gunicorn: { ...settings().gunicorn, configFile } });
    const bind = { socket: `/run/shop.run/${name}` };
    const { argv } = await started(unitText('shop', hostile, RELEASE, COMMIT, bind));
    assert.deepEqual(argv, ['-m', 'gunicorn', ...gunicornArguments(hostile, bindArgument(bind), 2)]);
  }
});

test("a secret of the environment file wins over the unit's own value", async () => {
  await host.root("echo 'LEVEL=from the file' >/etc/shop/env");
  assert.equal((await started(textOf({ env: { LEVEL: 'from the unit' } }))).env.LEVEL, 'from the file');
});
