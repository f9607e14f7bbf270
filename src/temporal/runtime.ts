import { DefaultLogger, Runtime } from '@temporalio/worker';

/**
 * Only what is a defect: that a step or a deploy failed is told by the client and by the engine.
 * Once per process, before anything else of the SDK.
 */
export function quietRuntime(): void {
  const telemetryOptions = { logging: { forward: {}, filter: 'ERROR' } } as const;
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions });
}
