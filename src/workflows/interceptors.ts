/** The rules for every activity of every workflow. */
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { WATCHING, watchQueueOf } from '../deployment/watch-queue';
import { ActivityPacer } from './activity-pacer';

/** Named so, and found by the worker's build of the workflow code. */
export function interceptors(): WorkflowInterceptors {
  const pacer = new ActivityPacer();
  return {
    outbound: [
      {
        scheduleActivity: (input, next) => {
          const watches = WATCHING.some((name) => name === input.activityType);
          const queue = watches ? { taskQueue: watchQueueOf(workflowInfo().taskQueue) } : {};
          const options = { ...input.options, ...queue };
          const first = options.priority?.priorityKey === 1;
          return pacer.run({ watches, first }, () => next({ ...input, options }));
        },
      },
    ],
  };
}
