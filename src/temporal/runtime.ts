import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Only what a person needs to see; the engine has the rest. Once per process, before anything else of the SDK. */
export function quietRuntime(level: 'WARN' | 'ERROR' = 'WARN'): void {
  const telemetryOptions = { logging: { forward: {}, filter: level } };
  Runtime.install({ logger: new DefaultLogger(level), telemetryOptions });
}
