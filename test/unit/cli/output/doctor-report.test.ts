import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorReport, type Report } from '../../../../src/cli/output/doctor-report';
import { summaryOf } from '../../../../src/cli/output/report';
import { type Finding, findingOf } from '../../../../src/deployment/finding';
import type { Inspection } from '../../../../src/deployment/inspection';
import { hostTarget, settings } from '../../../harness/deploy-input';
import { OPEN_CLAIM as claim, LIVE_AND_READY, PYTHON } from '../../../harness/inspections';
import { notReady, status, unreachable } from '../status';

const shop = { service: 'shop', environment: 'production' };
const written = { settings: settings(), bind: hostTarget('web1').bind };
const seen = (changes: Partial<Inspection> = {}): Finding =>
  findingOf({ ...LIVE_AND_READY, ...changes }, written, { host: 'web1', hosts: ['web1'] });
const report = (findings: Record<string, Finding>, underway: Parameters<typeof doctorReport>[2] = null) =>
  textOf(doctorReport(shop, findings, underway));
const textOf = ({ lines, well }: Report) => ({ text: lines.join('\n'), well });

const torn = {
  live: '2-bbbbbbb',
  ready: false,
  why: 'status 503',
  claim,
  leftovers: ['/srv/x is half a link'],
};

test('a host that is well takes one line', () => {
  const { text, well } = report({ web1: seen() });
  assert.equal(
    text,
    'shop in production:\n\nweb1: WELL. 1-aaaaaaa is live, ready and last good. Python 3.11.2 (/usr/bin/python3.11) makes the environments, with pip.',
  );
  assert.equal(well, true);
});

test('what root should know is told of a host that is well too', () => {
  const warnings = ['/etc/systemd/system/shop@.service.d/own.conf has `ExecStartPre=+/bin/x`'];
  const { text, well } = report({ web1: seen({ warnings }) });
  assert.match(text, /WELL\. .*\n {2}warning {4}\/etc\/systemd\/system\/shop@\.service\.d\/own\.conf has/);
  assert.equal(well, true);
});

test('units that run from a release are told, and those that lag behind the live one', () => {
  const dependents = [
    { unit: 'shop-jobs.service', release: null },
    { unit: 'shop-old.service', release: '0-9999999' },
  ];
  const { text, well } = report({ web1: seen({ dependents }) });
  assert.match(text, /\n {2}follows {4}shop-jobs\.service, which a switchover restarts\n/);
  assert.match(
    text,
    /\n {2}follows {4}shop-old\.service LAGS: it runs from 0-9999999; restart it: systemctl restart shop-old\.service/,
  );
  assert.equal(well, true);
});

test('a host that cannot make an environment says so before a deploy does', () => {
  const interpreters = [{ ...PYTHON, makes: false }];
  const { text, well } = report({ web1: seen({ interpreters }) });
  assert.match(
    text,
    /WELL\. .* last good\.\n {2}warning {4}web1 has neither uv nor python3-venv.*apt install/,
  );
  assert.equal(well, true);
});

test('a host that an abandoned deploy left shows what is live, good, claimed and left, and what --repair would do', () => {
  const { text, well } = report({ web1: seen(torn), web2: seen() });
  assert.equal(
    text,
    [
      'shop in production:',
      '',
      'web1: NEEDS REPAIR',
      '  live       2-bbbbbbb, NOT ready: status 503',
      '  last good  1-aaaaaaa (aaaaaaaaaaaa)',
      '  boots      1-aaaaaaa',
      '  claim      open: commit bbbbbbb by ada@laptop since 2026-01-01T00:00:00Z',
      '  left       /srv/x is half a link',
      '  --repair   would take over the claim of the abandoned deploy, and close it; tidy up that /srv/x is half a link; restore 1-aaaaaaa',
      'web2: WELL. 1-aaaaaaa is live, ready and last good. Python 3.11.2 (/usr/bin/python3.11) makes the environments, with pip.',
      '',
      'What to do: landfall doctor shop --env production --repair',
    ].join('\n'),
  );
  assert.equal(well, false);
});

test('a claim of another engine says that it takes --take-over', () => {
  const { text } = report({ web1: seen({ ...torn, claim: { ...claim, ours: false } }) });
  assert.match(text, /from another engine or environment \(cluster\/default/);
  assert.match(text, /would take over the claim of the abandoned deploy, and close it \(with --take-over/);
});

test('what a running deploy has claimed is its own business', () => {
  const { text, well } = report(
    { web1: seen(torn) },
    {
      runId: 'run-3',
      words: 'bbbbbbb, asked for by ada',
      waits: false,
      blockers: [],
    },
  );
  assert.match(text, /web1: A RUN IS AT WORK HERE/);
  assert.match(text, /Under way: bbbbbbb, asked for by ada\. What is seen here may be halfway\.$/);
  assert.equal(well, true);
});

test('a run that only waits for a person does not count as work', () => {
  const { text, well } = report(
    { web1: seen(torn) },
    { runId: 'run-3', words: 'bbbbbbb', waits: true, blockers: [] },
  );
  assert.match(text, /web1: A DEPLOY WAITS FOR AN OPERATOR HERE/);
  assert.match(text, /What to do: landfall status shop --env production$/);
  assert.equal(well, false);
});

test('a host that cannot be reached does not hide the others', () => {
  const { text, well } = report({ web1: { problem: unreachable }, web2: seen() });
  assert.match(text, /web1: NOT SEEN\. HostUnreachable: .*\n {2}Check that the host is up\.\nweb2: WELL/);
  assert.equal(well, false);
});

test('hosts whose last good is not the same commit are told apart', () => {
  const other = { lastGood: '7-ccccccc', live: '7-ccccccc', lastGoodCommit: 'c'.repeat(40) };
  const { text } = report({ web1: seen(), web2: seen(other) });
  assert.match(text, /do not have the same commit as last good \(web1: aaaaaaa, web2: ccccccc\): deploy/);
});

test('what is not ready where nothing was ever good asks for a deploy', () => {
  const { text, well } = report({ web1: seen({ lastGood: null, ready: false, why: 'status 503' }) });
  assert.match(text, /deploy +a good commit: the live release is not ready/);
  assert.equal(well, false);
});

test('a repair that ended tells what became of each host', () => {
  const hosts = {
    web1: { state: 'repaired', live: '1-a', problem: null, repaired: '1-a restored' },
    web2: { state: 'well', live: '1-a', problem: null },
  } as const;
  const text = summaryOf(status({ task: 'repair', outcome: 'repaired', hosts }), [], null).join('\n');
  assert.match(text, /WELL: nothing is left to repair of shop in production/);
  assert.match(text, /web1: 1-a \(ready, repaired\): 1-a restored/);
  assert.match(text, /web2: 1-a \(ready, nothing to repair\)/);

  const failed = status({
    task: 'repair',
    outcome: 'not-repaired',
    reason: notReady,
    hosts: { web1: { state: 'needs-operator', live: null, problem: 'do this' } },
  });
  const said = summaryOf(failed, [], null).join('\n');
  assert.match(said, /NOT REPAIRED: shop in production needs an operator/);
  assert.match(said, /web1: .*NOT CERTAIN.*: do this/);
  assert.match(said, /What to do: Fix the cause\./);
});
