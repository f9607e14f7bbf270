import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** The address and the namespace of an engine, and what else reaches it. */
export interface Reachable {
  address: string;
  namespace: string;
  /** Temporal's variables: certificates and a token; default: none is needed. */
  settings?: Record<string, string>;
}

/** Temporal's variables for commands, workers and tests that use this engine. */
export function settingsOf({ address, namespace, settings }: Reachable): Record<string, string> {
  return settings ?? { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
}

/** A test's own connection to an engine. @param settings Temporal's variables, and no others of this process */
export function connectAs(settings: Record<string, string>): Promise<Connection> {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: settings, disableFile: true });
  return Connection.connect({ ...connectionOptions, connectTimeout: 5_000 });
}
