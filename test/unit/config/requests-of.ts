import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { markGood } from '../../../src/activities/change/mark-good';
import { renderUnit } from '../../../src/activities/change/requests';
import { startRelease } from '../../../src/activities/change/start-release';
import type { Dependencies } from '../../../src/activities/dependencies';
import { inspectHost } from '../../../src/activities/observe/inspect-host';
import { probeRequest } from '../../../src/activities/observe/readiness';
import { buildRelease } from '../../../src/activities/prepare/build-release';
import { claimHost } from '../../../src/activities/prepare/claim-host';
import { examineRelease } from '../../../src/activities/prepare/examine-release';
import { fetchRelease } from '../../../src/activities/prepare/fetch-release';
import { installDependencies } from '../../../src/activities/prepare/install-dependencies';
import { migrate } from '../../../src/activities/prepare/migrate';
import { preImport } from '../../../src/activities/prepare/pre-import';
import { rehearse } from '../../../src/activities/prepare/rehearse';
import { closeClaim, installInstance } from '../../../src/activities/prepare/requests';
import { jobRequest } from '../../../src/activities/run-job';
import type { DeployInput } from '../../../src/config/deploy-input';
import { packagingOf, pythonOf } from '../../../src/deployment/project/with-facts';
import { type FakeHost, Refusal } from '../../harness/fake-host';

const CLAIM = { fence: 1, seq: 0 };
const RELEASE = '1-abcdef0';
const COMMIT = 'a'.repeat(40);

/** Every request that a deploy of this input makes of its first host, as the activities send it. */
export async function requestsOf(host: FakeHost, input: DeployInput): Promise<object[]> {
  const requests: object[] = [];
  host.answers = new Proxy(
    {},
    {
      get: (_, verb: string) => (request: Record<string, unknown>) => {
        const { protocol: _protocol, service: _service, ...fields } = request;
        requests.push(fields);
        if (verb === 'environment')
          return {
            name: 'f'.repeat(16),
            path: `${input.settings.base}/venvs/x`,
            complete: false,
            unpinned: [],
            python: '/usr/bin/python3',
            ofRelease: false,
            layered: false,
          };
        throw new Refusal('CommandFailed', 'written down');
      },
    },
  );
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  for (const step of stepsOf(host, input)) await environment.run(step).catch(() => undefined);
  const { settings, hosts } = input;
  for (const { bind } of hosts) {
    requests.push({ verb: 'probe', ...probeRequest({ ...host.target, bind }, settings.readiness) });
    requests.push({ verb: 'observe', address: bind, release: RELEASE, waitMilliseconds: 8_000 });
  }
  if (settings.soak !== null) {
    const argv = ['/usr/bin/env', '--', ...(settings.soak.command ?? [])];
    const job = { step: 'soak', as: 'service', release: RELEASE, argv, env: settings.env } as const;
    const limits = {
      timeout: settings.soak.commandTimeout,
      memory: settings.soak.commandMemory,
    };
    requests.push({
      verb: 'job',
      ...jobRequest({ ...job, ...limits }, { ...CLAIM, run: 'run', attempt: 1 }, 0),
    });
  }
  return requests;
}

function stepsOf(fake: FakeHost, input: DeployInput): (() => Promise<unknown>)[] {
  const { settings, service, environment } = input;
  const file = join(tmpdir(), 'landfall-no-archive');
  writeFileSync(file, '');
  const archive = { file, bytes: 1 << 30, sha256: 'f'.repeat(64) };
  const mirrors = Object.assign(Object.create(fake.dependencies.mirrors), {
    tree: async () => COMMIT,
    archive: async () => archive,
  });
  const dependencies: Dependencies = { ...fake.dependencies, mirrors };
  const [first] = input.hosts;
  if (first === undefined) return [];
  // Reached at the fake host, and called as in landfall.yaml.
  const { address, port, user } = fake.target;
  const host = { ...first, address, port, user };
  const on = { service, host, claim: CLAIM, release: RELEASE, commit: COMMIT, settings };
  const { repository, path } = input;
  const { migrate: migration, rehearse: rehearsal, preImport: limits } = settings;
  const packaging = packagingOf(settings);
  const steps: (() => Promise<unknown>)[] = [
    () => inspectHost(dependencies)({ ...on, environment, purpose: 'deploy', installs: false }),
    () => claimHost(dependencies)({ ...on, by: input.by, takeOver: false }),
    () =>
      fetchRelease(dependencies)({
        ...on,
        ...settings,
        python: pythonOf(settings),
        packaging,
        alongside: true,
        plenty: false,
        repository,
        path,
        whole: true,
      }),
    () =>
      installDependencies(dependencies)({
        ...on,
        ...settings,
        python: pythonOf(settings),
        packaging,
        uv: '/usr/local/bin/uv',
      }),
    () => examineRelease(dependencies)({ ...on, apps: [], entrypoint: null, pythonPath: [] }),
    () => renderUnit(dependencies)(on),
    () => installInstance(dependencies)(on),
    () => startRelease(dependencies)({ ...on, trial: true }),
    () =>
      markGood(dependencies)({
        ...on,
        environment,
        keepReleases: settings.keepReleases,
        as: { address: host.bind, settings },
      }),
    () => closeClaim(dependencies)({ ...on, outcome: 'deployed' }),
  ];
  if (limits !== null)
    steps.push(() => preImport(dependencies)({ ...on, settings: { ...settings, preImport: limits } }));
  if (migration !== null) steps.push(() => migrate(dependencies)({ ...on, ...settings, migrate: migration }));
  const { build } = settings;
  if (build !== null) steps.push(() => buildRelease(dependencies)({ ...on, ...settings, build }));
  if (rehearsal !== null)
    steps.push(() => rehearse(dependencies)({ ...on, settings: { ...settings, rehearse: rehearsal } }));
  return steps;
}
