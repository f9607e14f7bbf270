import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ProcessValues } from '../../../src/contract/contract-types';
import { gunicornArguments } from '../../../src/deployment/gunicorn';
import { settings } from '../../harness/deploy-input';
import { startHost, type TestHost } from '../../harness/hosts';
import { rendered, textOf } from '../../harness/rendered-units';
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

const processOf = () => unitOf(RELEASE, tcp).process.gunicorn;

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
  assert.deepEqual(argv, ['-m', 'gunicorn', ...gunicornArguments(settings(), '127.0.0.1:8000', 2)]);
  assert.equal(cwd, `/srv/shop/releases/${RELEASE}`);
  assert.notEqual(uid, 0);
});

test('systemd gives the command exactly these words', async () => {
  for (const word of ['conf/gunicorn.conf.py', 'a+b/c@d_e-f.1']) {
    const gunicorn = { ...processOf(), configFile: word };
    const { argv } = await started(alone({ gunicorn }));
    const wanted = settings({ gunicorn: { ...settings().gunicorn, configFile: word } });
    assert.deepEqual(argv, ['-m', 'gunicorn', ...gunicornArguments(wanted, '127.0.0.1:8000', 2)]);
  }
});

test('a word of the command that a unit file would read in its own way is refused', () => {
  const request = (configFile: string) => unitOf(RELEASE, tcp, { gunicorn: { ...processOf(), configFile } });
  const words = Object.values(HOSTILE);
  const answers = rendered(words.map((word) => ({ kind: 'alone', request: request(word) })));
  for (const [index, answer] of answers.entries()) assert.ok('refused' in answer, words[index]);
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
