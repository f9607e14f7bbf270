import type { HostTarget } from '../../../src/config/deploy-input';
import { HostConnections } from '../../../src/ssh/connections';
import type { TestHost } from '../../harness/hosts';

export { failsWith } from '../../harness/fails-with';

/** A test host as the worker is told of it. */
export function targetOf(host: TestHost, changes: Partial<HostTarget> = {}): HostTarget {
  const { address, port, user } = host;
  return { name: 'web1', address, port, user, bind: { host: address, port: 8000 }, ...changes };
}

export function connectionsTo(
  host: TestHost,
  changes: { knownHosts?: string; keyFiles?: string[]; idleMs?: number } = {},
) {
  return new HostConnections({ keyFiles: [host.keyFile], knownHosts: host.knownHostsFile, ...changes });
}
