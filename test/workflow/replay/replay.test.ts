import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { packageRoot } from '../../../src/package-root';
import { workflowCode } from '../../../src/temporal/workflow-code';
import { decodeHistory } from './history-file';

const FOLDER = join(packageRoot(), 'test', 'workflow', 'replay', 'histories');

function historyOf(file: string): ReturnType<typeof decodeHistory> {
  return decodeHistory(readFileSync(join(FOLDER, file)));
}

describe('a deploy that runs while Landfall is updated', () => {
  for (const file of readdirSync(FOLDER)) {
    it(`continues as it began: ${file.replace('.history', '')}`, async () => {
      await Worker.runReplayHistory(workflowCode(), historyOf(file));
    });
  }

  it('would be caught if it continued differently', async () => {
    const history = historyOf('deployed.history');
    for (const event of history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'preImport') type.name = 'anotherStep';
    }
    await assert.rejects(Worker.runReplayHistory(workflowCode(), history), DeterminismViolationError);
  });
});
