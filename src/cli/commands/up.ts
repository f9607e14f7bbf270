import { basename } from 'node:path';
import { type Config, deployInput, type Environment, environmentOf } from '../../config';
import type { DeployInput } from '../../config/deploy-input';
import { someOf } from '../../deployment/project/commit-files';
import { helperSource } from '../../host-agent/helper-source';
import { output } from '../../output/output';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { confirmed } from '../confirmed';
import { ServiceHosts, sorted } from '../env/service-hosts';
import { CommandError, EXIT } from '../exit-codes';
import { requesterOf } from '../invocation-context';
import { planned } from '../run/plan-deploy';
import { publicKeyIn } from '../setup/public-key';
import { type CommitOfRun, commitOfRun } from '../up/commit-of-run';
import { configForRun } from '../up/config-for-run';
import { deployNow } from '../up/deploy-now';
import { areDomainsServed } from '../up/domains';
import { endLines } from '../up/end-lines';
import { typedValues, valuesIn } from '../up/given-variables';
import { Interrupts } from '../up/interrupts';
import { type LookedAt, lookAtHosts, setUp } from '../up/look';
import { isLive, isNotSetUp, isOpen, type UpPlan, uncommittedLines, upLines } from '../up/plan-lines';
import { engineForRun, isElsewhere, type RunEngine } from '../up/run-engine';
import { changedOn, setVariables } from '../up/set-variables';
import { parseTarget } from '../up/target';
import { namesOn, variablesOf } from '../up/variables';

export interface UpOptions {
  env: string;
  config: string;
  /** A file. Node itself takes an option called --env-file, also behind the name of a script. */
  variables?: string;
  /** Under which users reach the service; written into landfall.yaml. */
  domain?: string;
  authorizedKey?: string;
  /** Fingerprints of host keys that are not known yet. */
  hostKey?: string[];
  yes?: boolean;
}

/**
 * `landfall up`: from a repository to a service that serves. Plans all of it, asks once, and does what is left. Safe to
 * repeat. @returns the exit code
 */
export async function upCommand(named: string | undefined, options: UpOptions): Promise<number> {
  const target = named === undefined ? null : parseTarget(named);
  if (!options.yes && !process.stdin.isTTY)
    throw new CommandError(
      'There is no terminal to ask on: use --yes to act without a question. Nothing was changed.',
    );
  const interrupts = new Interrupts();
  const values = options.variables === undefined ? null : valuesIn(options.variables);
  const key = options.authorizedKey === undefined ? null : publicKeyIn(options.authorizedKey);
  const found = await configForRun(target, options);
  if (found === null) return EXIT.usage;
  const { config } = found;
  const environment = environmentOf(config, options.env);
  const commit = await commitOfRun(config, environment.settings);
  if (found.isNew) refuseNewCode(commit);
  const connections = new HostConnections(workerOptionsFrom(process.env));
  let engine: RunEngine | null = null;
  try {
    const hosts = await lookAtHosts(connections, {
      environment,
      as: target?.user ?? 'root',
      trust: { given: options.hostKey ?? [], ask: options.yes ? null : (question) => output.ask(question) },
      authorizedKey: key,
      authorizes: !isElsewhere(config.controller),
      source: helperSource(),
    });
    engine = await engineForRun(config.controller);
    const run = {
      connections,
      config,
      environment,
      commit,
      engine,
      hosts,
      values: values?.values ?? new Map(),
    };
    output.say(...(values?.notices ?? []).map((notice) => `  ! ${notice}`));
    return await new Up(run, options, interrupts).run();
  } finally {
    connections.close();
    await engine?.stop();
  }
}

/** A readiness route that init has just added is in no commit yet, so the release would never be ready. */
function refuseNewCode({ uncommitted }: CommitOfRun): void {
  const code = uncommitted.filter((path) => path.endsWith('.py'));
  if (code.length === 0) return;
  throw new CommandError([
    `${someOf(code)} is not committed, and Landfall deploys commits. Nothing was changed on a host.`,
    'Look at the change, commit it, and run the same command again: git add --all && git commit',
  ]);
}

interface Run {
  connections: HostConnections;
  config: Config;
  environment: Environment;
  commit: CommitOfRun;
  engine: RunEngine;
  hosts: LookedAt[];
  /** Of the file. */
  values: Map<string, string>;
}

class Up {
  constructor(
    private readonly given: Run,
    private readonly options: UpOptions,
    private readonly interrupts: Interrupts,
  ) {}

  async run(): Promise<number> {
    const { config, environment, commit, engine, hosts, values } = this.given;
    const plan = await this.plan();
    const isDone = plan.deploy !== null && isLive(plan.deploy) && !isOpen(plan);
    if (isDone) {
      output.say(
        `${commit.sha.slice(0, 7)} (${commit.subject}) of ${plan.service} is live and ready in ${plan.environment}. Nothing is left to do.`,
        ...uncommittedLines(commit),
      );
      return (await this.areDomainsServed(false)) ? EXIT.deployed : this.notServed();
    }
    output.say('', ...upLines(plan), '');
    const isRefused = plan.deploy === null ? commit.refusals.length > 0 : plan.deploy.wouldBeRefused;
    if (isRefused) {
      output.say('Nothing was changed.');
      return EXIT.rejected;
    }
    if (!(await confirmed('Do all of this now?', this.options.yes))) return EXIT.usage;
    const typed = plan.asks ? await typedValues(plan.variables.missing) : new Map<string, string>();
    this.interrupts.endsWith(
      'Stopped. What was done so far stays on the hosts, and nothing serves that did not before.',
      'Run the same command again: it does what is left.',
    );
    await setUp(hosts);
    const changes = new Map([...values, ...typed]);
    if (changes.size > 0)
      await this.withHosts((all) => setVariables(all, changes, requesterOf(process.env).slice(0, 300)));
    const code = await deployNow(engine, this.input(), this.interrupts);
    const isServed = code !== EXIT.deployed || (await this.areDomainsServed(true));
    const { service, name, hosts: targets } = environment;
    const isUncommitted = commit.uncommitted.includes(basename(config.file));
    output.say(
      ...endLines({ service, environment: name, hosts: targets, kind: engine.kind, code, isUncommitted }),
    );
    return isServed ? code : this.notServed();
  }

  private areDomainsServed(waits: boolean): Promise<boolean> {
    return areDomainsServed(this.given.connections, this.given.environment, waits);
  }

  private notServed(): number {
    output.say(
      '',
      'The service is deployed, and its domain is not served yet. Check that its DNS leads to the host, and that ports 80 and 443 are open.',
      'Then run landfall up again: it asks once more.',
    );
    return EXIT.needsOperator;
  }

  private async plan(): Promise<UpPlan> {
    const { environment, commit, engine, hosts, values } = this.given;
    const { service, settings, name } = environment;
    const given = await this.withHosts(async (all) => {
      const { answers } = sorted(await all.askAll('env-list', { nonce: '0'.repeat(64), versions: [] }));
      const known = all.hosts.map((host) => {
        const told = answers.find((each) => each.host === host.name);
        return told === undefined ? new Set<string>() : namesOn(told.answer);
      });
      const changed = answers.length === all.hosts.length ? await changedOn(all, values) : [...values.keys()];
      return { known, given: changed };
    });
    const read = variablesOf(commit.variables, { settings, ...given });
    const isReady = !hosts.some(isNotSetUp);
    const deploy = isReady ? await planned(engine.client, this.input(), false) : null;
    const asks = !this.options.yes;
    return {
      service,
      environment: name,
      settings,
      hosts,
      variables: { ...read, missing: read.missing.filter((each) => !values.has(each)) },
      asks,
      engine: engine.words,
      commit,
      deploy,
    };
  }

  private input(): DeployInput {
    const { config, environment, commit, engine } = this.given;
    const repository = engine.kind === 'elsewhere' ? config.repository : commit.repository;
    return deployInput(
      { ...config, repository },
      {
        environment: environment.name,
        ref: commit.sha,
        by: requesterOf(process.env),
        ciRun: null,
        fixForward: false,
        takeOver: false,
        stopFirst: false,
      },
    );
  }

  private withHosts<T>(work: (hosts: ServiceHosts) => Promise<T>): Promise<T> {
    const { config, environment } = this.given;
    return ServiceHosts.with(config.service, { env: environment.name, config: config.file }, work);
  }
}
