import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ProcessValues } from '../../../src/contract/contract-types';
import { serverOf } from '../../../src/deployment/server';
import { serverCommand } from '../../../src/deployment/server-command';
import { settings } from '../../harness/deploy-input';
import { startHost, type TestHost } from '../../harness/hosts';
import { GATE, textOf } from '../../harness/rendered-units';
import { unitOf } from './small-server';

/** The properties that systemd reads from the text that the host renders. */
const RELEASE = '3-1a2b3c4';
const tcp = { host: '127.0.0.1', port: 8000 };

const alone = (changes: Partial<ProcessValues> = {}, given: string[] = []) =>
  textOf({ kind: 'alone', request: unitOf(RELEASE, tcp, changes), given });

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
    "base64 -d <<'END' | gunzip >/etc/systemd/system/shop.service\n" +
      `${gzipSync(text).toString('base64')}\nEND\n` +
      'systemctl daemon-reload && systemd-analyze verify shop.service && systemctl restart shop && cat /run/landfall/services/shop/*/seen',
  );
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
  assert.equal(ran.stderr, '');
  return JSON.parse(ran.stdout) as Seen;
}

test("systemd gives the process exactly these values, as the service's user, in the release", async () => {
  const { argv, env, cwd, uid } = await started(alone({ env: HOSTILE }));
  const given = Object.fromEntries(Object.keys(HOSTILE).map((name) => [name, env[name]]));
  assert.deepEqual(given, HOSTILE);
  assert.equal(env.LANDFALL_RELEASE, RELEASE);
  assert.equal(env.XDG_RUNTIME_DIR, `/run/landfall/services/shop/${RELEASE}`);
  const command = serverCommand(serverOf(settings()), 'main:app', 'itself');
  assert.deepEqual(
    argv,
    command.map((word) => word.replace('{bind}', '127.0.0.1:8000').replace('{gate}', GATE)),
  );
  assert.equal(cwd, `/srv/shop/releases/${RELEASE}`);
  assert.notEqual(uid, 0);
});

test('systemd gives the command exactly these words', async () => {
  const { server } = unitOf(RELEASE, tcp).process;
  const command = ['-m', 'server', ...Object.values(HOSTILE), '--', 'main:app'];
  const { argv } = await started(alone({ server: { ...server, command } }));
  assert.deepEqual(argv, command);
});

test('as much as a request may hold is a unit that systemd starts', async () => {
  const env: Record<string, string> = {};
  // Each of these is written as two.
  for (let at = 0; at < 15; at++) env[`BIG_${at}`] = '$%$%'.repeat(1_000);
  const seen = await started(alone({ env }));
  assert.deepEqual(Object.fromEntries(Object.keys(env).map((name) => [name, seen.env[name]])), env);
});

test('what root sets in the environment file wins over what deploy sets', async () => {
  await host.root("echo 'LEVEL=from the file' >/etc/shop/env");
  const seen = await started(alone({ env: { LEVEL: 'from deploy', OTHER: 'x' } }, ['LEVEL']));
  assert.deepEqual([seen.env.LEVEL, seen.env.OTHER], ['from the file', 'x']);
});
