import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type PreviewUnitInput, previewUnit } from '../../../../src/activities/observe/preview-unit';
import type { UnitPreview } from '../../../../src/deployment/plan-report';
import { processValues } from '../../../../src/host-agent/unit';
import { settings } from '../../../harness/deploy-input';
import { FakeHost } from '../../../harness/fake-host';

let host: FakeHost;
let asked: Record<string, unknown> = {};
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

const commit = 'b'.repeat(40);

async function previewed(answer: object): Promise<UnitPreview> {
  host.answers = {
    'preview-unit': (request) => {
      asked = request;
      return answer;
    },
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const input: PreviewUnitInput = {
    service: 'shop',
    host: host.target,
    commit,
    settings: settings(),
    alongside: true,
  };
  return environment.run(previewUnit(host.dependencies), input);
}

const unit = { changed: true, added: 2, removed: 1, diff: '+a', warnings: ['a drop-in runs as root'] };

test('the host is asked for values, without a claim and without a release', async () => {
  assert.deepEqual(await previewed(unit), { ...unit, isCut: false, note: '+2 −1; a drop-in runs as root' });
  const { commit: asks, address, process, alongside, claim, release } = asked;
  assert.deepEqual([claim, release], [undefined, undefined]);
  const fields = { commit: asks, address, process, alongside };
  assert.deepEqual(fields, {
    commit,
    address: host.target.bind,
    process: JSON.parse(JSON.stringify(processValues(settings(), 'handed', host.target.bind))),
    alongside: true,
  });
});

test('a long diff is cut, and says so', async () => {
  const { diff, isCut } = await previewed({ ...unit, diff: '+語'.repeat(10_000) });
  assert.equal(isCut, true);
  assert.ok(Buffer.byteLength(diff) <= 4_000);
});
