import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { ActionStep, action } from '../../harness/action-step';
import { runCommand } from '../../harness/run-command';
import { GithubRunner } from '../../security/github-runner';

const SSH = {
  service: 'shop',
  environment: 'production',
  ref: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
  controller: 'ssh://landfall@ops.example.com:2222',
  'ssh-key': 'THE KEY\nOF CI',
  'known-hosts': 'ops.example.com ssh-ed25519 AAAA',
};
const API_KEY = {
  service: 'shop',
  environment: 'production',
  ref: 'main',
  via: 'api-key',
  'temporal-address': 'temporal.example.com:7233',
  'api-key': 'sesame',
};

/**
 * A controller: `ssh` notes its arguments after the address, shows who it was, and ends a deploy with the next of these
 * codes.
 */
function withController(t: TestContext, ...codes: number[]): ActionStep {
  const step = new ActionStep();
  t.after(() => step.remove());
  writeFileSync(join(step.folder, 'codes'), codes.join('\n'));
  step.program(
    'ssh',
    `cd '${step.folder}'
while [ "\${1#ssh://}" = "$1" ]; do
  [ "$1" != -i ] || { stat -c 'key %a' "$2"; cat "$2"; } >seen
  case $1 in UserKnownHostsFile=*) cat "\${1#*=}" >>seen;; esac
  shift
done
echo "$*" >>asked
case "$*" in
  *' status '*--outputs*) printf 'outcome=rolled-back\\ncommit=abc\\nlive={"web1":"3-abc"}\\nexit_code=0\\nPATH=/evil\\n' ;;
  *' status '*--markdown*) echo '### Rolled back' ;;
  *) echo "output of the deploy"; code=$(sed -n 1p codes); sed -i 1d codes; exit "$code" ;;
esac
`,
  );
  return step;
}

function read(step: ActionStep, name: string): string {
  return readFileSync(join(step.folder, name), 'utf8');
}

test('over SSH the action deploys, and passes on exit code, outputs and summary', async (t) => {
  const step = withController(t, 3);
  const { code, output, outputs, summary } = await step.run({ ...SSH, options: '--wait-for-running' });
  assert.equal(code, 3, output);
  assert.match(output, /^output of the deploy$/m);
  const asked = 'ssh://landfall@ops.example.com:2222';
  assert.equal(
    read(step, 'asked'),
    `${asked} deploy shop production ${SSH.ref} --wait-for-running --ci github/acme/shop/123 --output github
${asked} status shop production --outputs --ci github/acme/shop/123
${asked} status shop production --markdown --ci github/acme/shop/123
`,
  );
  assert.deepEqual(outputs, {
    outcome: 'rolled-back',
    commit: 'abc',
    live: '{"web1":"3-abc"}',
    exit_code: '3',
  });
  assert.equal(summary, '### Rolled back\n');
  assert.equal(read(step, 'seen'), 'key 600\nTHE KEY\nOF CI\nops.example.com ssh-ed25519 AAAA\n');
  assert.deepEqual(readdirSync(join(step.folder, 'temp')), [], 'the key is removed');
});

test('a lost connection is made again, and the same deploy is followed', async (t) => {
  const step = withController(t, 255, 255, 0);
  const { code, output } = await step.run(SSH);
  assert.equal(code, 0, output);
  const deploys = read(step, 'asked').match(/ deploy shop .*/g) ?? [];
  assert.equal(deploys.length, 3);
  assert.equal(new Set(deploys).size, 1);
});

test('a controller that cannot be reached ends the action with 6 and no report', async (t) => {
  const step = withController(t, 255, 255, 255, 255, 255);
  const { code, output, outputs } = await step.run(SSH);
  assert.equal(code, 6);
  assert.match(output, /could not be reached over SSH/);
  assert.deepEqual(outputs, { exit_code: '6' });
  assert.equal(read(step, 'asked').match(/\n/g)?.length, 4);
});

test('a plan asks for the commit alone, and a rollback for none', async (t) => {
  const step = withController(t, 2, 0);
  assert.equal((await step.run({ ...SSH, command: 'plan' })).code, 2);
  assert.equal((await step.run({ ...SSH, command: 'rollback' })).code, 0);
  const [plan, rollback] = read(step, 'asked').split('\n');
  assert.match(plan ?? '', / plan shop production [0-9a-f]{40} --output github$/);
  assert.match(rollback ?? '', / rollback shop production --ci github\/acme\/shop\/123 --output github$/);
});

const HOSTILE = 'x\n::warning::forged';
const REFUSED: [inputs: Record<string, string>, says: string][] = [
  [{ service: HOSTILE }, 'The input service'],
  [{ environment: '' }, 'The input environment'],
  [{ ref: 'main --supersede' }, 'The input ref'],
  [{ ref: '-oProxyCommand=x' }, 'The input ref'],
  [{ ref: '$(touch forged)' }, 'The input ref'],
  [{ command: 'cancel' }, 'The input command'],
  [{ options: '--ref=main' }, 'The input options'],
  [{ options: '; touch forged' }, 'The input options'],
  [{ options: '*' }, 'The input options'],
  [{ via: 'telnet' }, 'The input via'],
  [{ controller: '-oProxyCommand=x' }, 'The input controller'],
  [{ controller: 'ssh://-oProxyCommand=x' }, 'The input controller'],
  [{ controller: 'ssh://ops.example.com x' }, 'The input controller'],
  [{ 'ssh-key': '' }, 'The input ssh-key'],
  [{ 'known-hosts': '' }, 'The input known-hosts'],
  [{ via: 'api-key' }, 'The input temporal-address'],
  [{ ...API_KEY, 'api-key': '' }, 'The input api-key'],
  [{ ...API_KEY, via: 'mtls', 'tls-cert': 'PEM' }, 'The input tls-cert'],
];

test('wrong inputs are refused by name, and none becomes a command', async (t) => {
  const step = withController(t);
  step.program('npx', `echo "$*" >>'${step.folder}/asked'`);
  for (const [inputs, says] of REFUSED) {
    const { code, output, outputs } = await step.run({ ...SSH, ...inputs });
    assert.equal(code, 1, `${JSON.stringify(inputs)}: ${output}`);
    const { executed } = new GithubRunner().read(output);
    assert.deepEqual(
      executed.map((line) => line.startsWith(`::error title=Landfall::${says}`)),
      [true],
      output,
    );
    assert.deepEqual(outputs, { exit_code: '1' });
  }
  assert.deepEqual(
    [existsSync(join(step.folder, 'asked')), existsSync(join(step.folder, 'forged'))],
    [false, false],
  );
  assert.deepEqual(readdirSync(join(step.folder, 'temp')), []);
});

test('with an API key or a client certificate the npm package of this version asks the engine', async (t) => {
  const step = new ActionStep();
  t.after(() => step.remove());
  step.program('npx', `echo "$*"; env | grep -E '^(TEMPORAL|SSH_KEY|npm_config)' | sort; exit 2`);
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const { code, output, outputs } = await step.run({ ...API_KEY, options: '--fix-forward' });
  assert.equal(code, 2);
  assert.deepEqual(output.trim().split('\n'), [
    `--yes landfall-deploy@${version} deploy shop --env production --config landfall.yaml --ref main --fix-forward`,
    'TEMPORAL_ADDRESS=temporal.example.com:7233',
    'TEMPORAL_API_KEY=sesame',
    'TEMPORAL_NAMESPACE=default',
    'TEMPORAL_TLS=true',
    'npm_config_ignore_scripts=true',
  ]);
  assert.deepEqual(outputs, { exit_code: '2' });
  const mtls = await step.run({
    ...API_KEY,
    via: 'mtls',
    'tls-cert': 'CERT',
    'tls-key': 'KEY',
    'tls-ca': 'CA',
  });
  assert.match(
    mtls.output,
    /TLS=true\nTEMPORAL_TLS_CLIENT_CERT_DATA=CERT\nTEMPORAL_TLS_CLIENT_KEY_DATA=KEY\nTEMPORAL_TLS_SERVER_CA_CERT_DATA=CA\n/,
  );
  assert.doesNotMatch(mtls.output, /sesame/);
});

test('every output of the action is one that its step writes', () => {
  const written = ['outcome', 'exit_code', 'commit', 'live'].map(
    (name) => `\${{ steps.landfall.outputs.${name} }}`,
  );
  assert.deepEqual(
    Object.values(action().outputs).map(({ value }) => value),
    written,
  );
});

test('the shell example deploys, follows a lost connection, and gives the exit code', async (t) => {
  const step = withController(t, 255, 2);
  const script = join(packageRoot(), 'examples', 'shell', 'deploy.sh');
  const { code, output } = await runCommand('sh', [script, 'shop', 'production', 'main', 'jenkins/shop/42'], {
    cwd: step.folder,
    env: {
      PATH: `${join(step.folder, 'bin')}:${process.env.PATH}`,
      LANDFALL_KEY: script,
      LANDFALL_KNOWN_HOSTS: script,
      LANDFALL_PAUSE: '0',
    },
  });
  assert.equal(code, 2, output);
  const deploy =
    'ssh://landfall@ops.example.com deploy shop production main --ci jenkins/shop/42 --output plain\n';
  assert.equal(read(step, 'asked'), deploy.repeat(2));
});
