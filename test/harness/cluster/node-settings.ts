/** The configuration of one server of a cluster (temporal.io, "Cluster configuration reference"). Pure. */
import type { Certificates } from './certificates';
import { SERVER_NAME } from './certificates';

/** The same at each node: a node finds the ports of another one in its own configuration. */
export const FRONTEND_PORT = 7233;

const PORTS = {
  frontend: FRONTEND_PORT,
  // With an authorizer the cluster's own work needs a door that asks for no token.
  'internal-frontend': 7236,
  history: 7234,
  matching: 7235,
  worker: 7239,
};

/** All that a server runs; its command line leaves out `internal-frontend` by default. */
export const SERVICES = Object.keys(PORTS);

export interface Database {
  /** `127.0.1.9:5432` */
  address: string;
  user: string;
  password: string;
}

export interface ClusterSettings {
  database: Database;
  certificates: Certificates;
  /** Where the keys that verify tokens are found. */
  keysUrl: string;
  dynamicConfig: string;
}

/** @param address of the node on loopback: no other node has it */
export function nodeSettings(
  address: string,
  { database, certificates, keysUrl, dynamicConfig }: ClusterSettings,
) {
  const store = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: database.address,
      connectProtocol: 'tcp',
      user: database.user,
      password: database.password,
      maxConns: 10,
      maxIdleConns: 10,
      maxConnLifetime: '1h',
    },
  });
  const { authority, server } = certificates;
  const tls = {
    server: {
      certFile: server.certificate,
      keyFile: server.key,
      requireClientAuth: true,
      clientCaFiles: [authority],
    },
    client: { serverName: SERVER_NAME, rootCaFiles: [authority] },
  };
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: { default: store('temporal'), visibility: store('temporal_visibility') },
    },
    global: {
      membership: { maxJoinDuration: '60s', broadcastAddress: address },
      tls: { internode: tls, frontend: tls },
      authorization: {
        jwtKeyProvider: { keySourceURIs: [keysUrl], refreshInterval: '1h' },
        permissionsClaimName: 'permissions',
        authorizer: 'default',
        claimMapper: 'default',
      },
    },
    services: Object.fromEntries(
      Object.entries(PORTS).map(([name, grpcPort]) => [
        name,
        { rpc: { grpcPort, membershipPort: grpcPort - 300, bindOnIP: address } },
      ]),
    ),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${address}:${FRONTEND_PORT}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '60s' },
  };
}
