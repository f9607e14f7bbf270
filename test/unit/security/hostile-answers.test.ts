/** A host that answers the controller with whatever it likes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Verb } from '../../../src/contract/answers';
import { resultCheck } from '../../../src/contract/answers';
import { PROTOCOL } from '../../../src/contract/contract';
import { failureOf, type KnownFailure } from '../../../src/deployment/failures';
import { callHelper } from '../../../src/host-agent/client';
import { ANSWERS } from '../../harness/answers';
import { FakeHost } from '../../harness/fake-host';
import { pathsIn, replacedAt, WRONG } from '../../harness/malformed';

const VERBS = Object.keys(ANSWERS) as Verb[];
const EVIL = '\u001b]0;owned\u0007::set-output\u2028\ud800';
const MANY = Array.from({ length: 5_000 }, () => EVIL);
const HOSTILE: unknown[] = [
  ...WRONG,
  EVIL,
  MANY,
  Object.fromEntries(MANY.map((value, at) => [`k${at}`, value])),
  JSON.parse('{"__proto__": {"ok": true, "release": "9-aaaaaaa"}}'),
  JSON.parse('1e999'),
  JSON.parse('-0.5'),
  2 ** 63,
  'http://169.254.169.254/',
  '../../etc/passwd',
  true,
];

/** Checks an accepted answer: it has nothing beyond the contract, and nothing without a limit. */
function expectHarmless(value: unknown, honest: unknown, where: string): void {
  if (typeof value === 'number') assert.ok(Number.isSafeInteger(value) && value >= 0, where);
  if (typeof value === 'string') {
    assert.ok(value.length <= 1 << 18, where);
    assert.doesNotMatch(value, /\p{Surrogate}/u, where);
  }
  if (Array.isArray(value)) assert.ok(value.length <= 1_100, where);
  if (typeof value !== 'object' || value === null) return;
  assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)), where);
  const isMap = /\.(kept|headers|texts)$/.test(where);
  for (const [key, item] of Object.entries(value)) {
    const known = Array.isArray(honest) ? honest[0] : (honest as Record<string, unknown> | undefined)?.[key];
    assert.ok(Array.isArray(value) || isMap || known !== undefined, `${where} has ${key}`);
    expectHarmless(item, known, Array.isArray(value) ? where : `${where}.${key}`);
  }
}

/** The fields that the controller acts on: a value that does not have the form is refused. */
const ACTED_ON: [Verb, string][] = [
  ['version', 'sha256'],
  ['inspect', 'lastGood'],
  ['inspect', 'claim.state'],
  ['inspect', 'live.release'],
  ['inspect', 'live.active'],
  ['inspect', 'live.unit'],
  ['inspect', 'releases.0.id'],
  ['inspect', 'releases.0.commit'],
  ['inspect', 'releases.0.before'],
  ['inspect', 'kept.12-3fa9c1e.signature'],
  ['inspect', 'uv'],
  ['observe', 'invocation'],
  ['observe', 'restarts'],
  ['observe', 'workers.0'],
  ['observe', 'listener'],
  ['claim', 'fence'],
  ['stage', 'release'],
  ['environment', 'name'],
  ['environment', 'path'],
  ['job', 'state'],
  ['job', 'exitStatus'],
  ['restart', 'before'],
  ['start', 'state'],
  ['switch', 'stopping.0'],
  ['probe', 'status'],
];

for (const verb of VERBS) {
  test(`an honest answer passes as it is, and no other passes whole: ${verb}`, () => {
    const honest = ANSWERS[verb];
    assert.deepEqual(resultCheck(verb).parse(honest), honest);
    for (const path of pathsIn(honest)) {
      for (const value of HOSTILE) {
        const given = replacedAt(honest, path, value);
        const parsed = resultCheck(verb).safeParse(given);
        if (parsed.success) expectHarmless(parsed.data, honest, `${verb}.${path.join('.')}`);
      }
    }
  });
}

test('what the controller acts on is of its form, or the answer is refused', () => {
  for (const [verb, field] of ACTED_ON) {
    const path = field.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    for (const value of [EVIL, MANY, {}, -1, 1.5, 1e300, '../x', 'http://169.254.169.254/']) {
      const parsed = resultCheck(verb).safeParse(replacedAt(ANSWERS[verb], path, value));
      assert.equal(parsed.success, false, `${verb} ${field} ${JSON.stringify(value).slice(0, 40)}`);
    }
  }
});

describe('over SSH, by a fake of the helper', () => {
  let fake: FakeHost;
  before(async () => {
    fake = await FakeHost.start();
    fake.asksAreReal = false;
  });
  after(() => fake.stop());

  /** @returns how the call failed, in a form that can be shown */
  async function refusalOf(verb: Verb): Promise<KnownFailure> {
    const { dependencies, target } = fake;
    const call = callHelper(dependencies.connections, target, 'shop', verb, {} as never);
    const failure = failureOf(
      await call.then(
        () => assert.fail('it was believed'),
        (error) => error,
      ),
    );
    assert.ok(failure);
    for (const text of [failure.message, failure.details.advice]) {
      assert.ok(text.length < 1_500);
      assert.doesNotMatch(text, /\p{Cc}|\p{Zl}|\p{Surrogate}/u);
      if (failure.type === 'InvalidAnswer') assert.doesNotMatch(text, /owned|set-output/);
    }
    return failure;
  }

  test('an answer that does not fit is refused permanently, with host, verb and field, and none of it is shown', async () => {
    fake.says = null;
    for (const verb of VERBS) {
      for (const result of [null, EVIL, MANY, {}, { [EVIL]: EVIL }, { ...ANSWERS[verb], ...firstOf(verb) }]) {
        fake.answers = { [verb]: () => result };
        const { type, message, details } = await refusalOf(verb);
        assert.equal(type, 'InvalidAnswer');
        assert.match(message, new RegExp(`web1 answered ${verb} in a form that does not fit: `));
        assert.equal(details.host, 'web1');
        assert.match(details.advice, /landfall setup web1 .*do not trust that host/);
      }
    }
  });

  /** Its first field is another one. */
  function firstOf(verb: Verb): object {
    return { [Object.keys(ANSWERS[verb])[0] ?? '']: { [EVIL]: EVIL } };
  }

  test('whatever it says instead of an answer is a failure, and none hangs', async () => {
    const honest = JSON.stringify(ANSWERS.version);
    for (const [says, type] of [
      // As the greeting of a login: without a protocol it is not an answer.
      ['[]\n', 'OutcomeUnknown'],
      ['{}\n', 'OutcomeUnknown'],
      [`{"protocol":${JSON.stringify(EVIL)},"ok":true,"result":${honest}}\n`, 'InvalidAnswer'],
      [`{"protocol":1e999,"ok":true,"result":${honest}}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL},"ok":"true","result":${honest}}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL},"ok":false,"error":null}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL},"ok":false,"error":{"type":"Fenced","message":{}}}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL},"ok":true,"__proto__":{"result":${honest}}}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL},"__proto__":{"ok":true},"result":${honest}}\n`, 'InvalidAnswer'],
      [`{"protocol":3.5,"ok":true,"result":${honest}}\n`, 'InvalidAnswer'],
      [`{"protocol":${PROTOCOL + 1},"ok":true}\n`, 'SetupNeeded'],
      ['"ok"\n', 'OutcomeUnknown'],
      ['null\n', 'OutcomeUnknown'],
      [`${'['.repeat(500_000)}\n`, 'OutcomeUnknown'],
      [
        `{"protocol":${PROTOCOL},"ok":true,"result":${'{"version":'.repeat(50_000)}1${'}'.repeat(50_000)}}\n`,
        'InvalidAnswer',
      ],
      ['x'.repeat(3 << 20), 'CommandFailed'],
    ] as const) {
      fake.says = says;
      const failure = await refusalOf('version');
      assert.equal(failure.type, type, says.slice(0, 80));
    }
  });
});
