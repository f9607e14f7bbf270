import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createActivities } from './activities';
import { checkReach, checkRead } from './activities/allowed';
import { readPolicy } from './controller/door/read-policy';
import { privateDirectory } from './controller/private-files';
import { loadSigningKey } from './controller/signing-key';
import { Mirrors } from './git/mirrors';
import { helperSource } from './host-agent/helper-source';
import { type AllowedUrls, allowedUrlsFrom } from './http/url-guard';
import { output } from './output/output';
import { packageRoot } from './package-root';
import { keyFiles } from './ssh/config/places';
import { HostConnections } from './ssh/connections';
import { connectEngine, engineName, taskQueueFrom } from './temporal/connection';
import { EngineWorker } from './temporal/engine-worker';
import { registerSearchAttributes } from './temporal/search-attributes';
import { connectWorker } from './temporal/worker-connection';

export interface WorkerOptions {
  /** Private keys tried in this order; empty: the usual ones of the user, and the agent. */
  keyFiles: string[];
  /** File of the trusted host keys; null: those of OpenSSH's configuration. */
  knownHosts: string | null;
  /** Mirrors of the repositories, and the signing key. */
  stateDirectory: string;
  /** A signing key that several workers share; null: this controller's own. */
  signingKeyFile: string | null;
  /** Which services, refs and hosts are allowed; null: there is no policy. */
  policyFile: string | null;
  /** URLs that may be asked although they lead to the controller itself or to its links. */
  allowedUrls: AllowedUrls;
}

export interface RunningWorker {
  /** Takes work until SIGINT or SIGTERM, after handing over what runs. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** The user's own keys and known hosts, unless the `LANDFALL_` variables say otherwise (docs/controller.md). */
export function workerOptionsFrom(env: NodeJS.ProcessEnv): WorkerOptions {
  return {
    keyFiles: keyFiles({ platform: process.platform, env }),
    knownHosts: env.LANDFALL_KNOWN_HOSTS ?? null,
    stateDirectory: stateDirectory(env),
    signingKeyFile: env.LANDFALL_SIGNING_KEY ?? null,
    policyFile: env.LANDFALL_POLICY ?? null,
    allowedUrls: allowedUrlsFrom(env.LANDFALL_ALLOW_URLS),
  };
}

/** Where the controller keeps what outlives a process: mirrors, the embedded engine's database. */
export function stateDirectory(env: NodeJS.ProcessEnv): string {
  return env.LANDFALL_STATE ?? join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'landfall');
}

/**
 * Composition root of the worker: connects the engine, SSH, the repositories and the activities.
 * @throws EngineUnreachable; NotPrivate for a state directory of another user; InvalidInput for a key that
 *   cannot be used
 */
export async function createWorker(options: WorkerOptions): Promise<RunningWorker> {
  await privateDirectory(options.stateDirectory);
  const signingKey = loadSigningKey(options.signingKeyFile, options.stateDirectory);
  const client = await connectEngine();
  const engine = await engineName(client);
  const searchable = await registerSearchAttributes(client, (...lines) => output.complain(...lines));
  await client.connection.close();
  const { connection, namespace } = await connectWorker();
  const policy = () => readPolicy(options.policyFile);
  const connections = new HostConnections({
    keyFiles: options.keyFiles,
    knownHosts: options.knownHosts,
    mayReach: (host) => checkReach(policy, host),
  });
  const mirrors = new Mirrors(join(options.stateDirectory, 'mirrors'), undefined, (repository) =>
    checkRead(policy, repository),
  );
  const activities = createActivities({
    connections,
    mirrors,
    policy,
    engine,
    searchable,
    signingKey,
    allowedUrls: options.allowedUrls,
    helperSource: helperSource(),
    rehearsalSource: readFileSync(join(packageRoot(), 'host', 'rehearse.py'), 'utf8'),
    judgeSource: readFileSync(join(packageRoot(), 'host', 'landfall_gate', 'judge.py'), 'utf8'),
  });
  const taskQueue = taskQueueFrom(process.env);
  const engineWorker = await EngineWorker.create({ connection, namespace, taskQueue, activities });
  return {
    run: () => engineWorker.run(),
    async close() {
      connections.close();
      await mirrors.close();
      await connection.close();
    },
  };
}
