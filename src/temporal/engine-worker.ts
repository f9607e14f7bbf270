import { type NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../activities';
import { workflowCode } from './workflow-code';

export interface EngineWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities;
}

/** A worker of the engine with Landfall's workflows, for whatever activities it is given. */
export function engineWorkerOf(options: EngineWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    ...workflowCode(),
    // A step that still runs then is handed over: its job on the host continues, and the next attempt finds it.
    shutdownGraceTime: '2s',
    // After a killed worker the next workflow task reaches another worker within this time.
    stickyQueueScheduleToStartTimeout: '5s',
    // A cancel asked for by a person reaches a step with its next heartbeat.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
  });
}
