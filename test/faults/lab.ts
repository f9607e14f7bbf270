import { Load, type LoadReport, now, type Rates } from '../../bench/load';
import type { Ran } from '../harness/run-command';
import type { Running } from '../harness/running';
import { shop } from '../harness/shop';
import { type Strategy, World } from '../harness/world';
import { hostFacts, liveIn } from './invariants';
import type { RunWatch } from './run-watch';

/** `good`: it is to be deployed. `bad`: what only shows from outside is wrong with it, so that it is rolled back. */
export type Scenario = 'good' | 'bad';

/** Enough to meet every moment of a switch, and little enough for a machine that also deploys. */
const USERS: Rates = { fresh: 20, kept: 20, slow: 5 };

/** Counts itself, outside of Landfall. */
const COUNTED_MIGRATION = ['sh', '-c', 'echo "$LANDFALL_RELEASE" >> /srv/shop/shared/migrations'];

/** A world whose every part may be struck, and the users of its service. */
export class FaultLab {
  /** The client that waits for the deploy now, and what it deploys. */
  private client: { commit: string; running: Running } | null = null;
  private commits = 0;

  private constructor(
    readonly world: World,
    readonly strategy: Strategy,
    readonly migrates: boolean,
    private readonly load: Load,
  ) {}

  /** @param migrates whether releases declare a migration; without one, the start of an overlap proves the import */
  static async start(strategy: Strategy, migrates: boolean): Promise<FaultLab> {
    const world = await World.start({ strategy, durableEngine: true, relayed: true });
    world.configure({
      gunicorn: { workers: 2, gracefulTimeout: '5s' },
      preImport: { timeout: '60s' },
      rehearse: { timeout: '20s' },
      ...(migrates ? { migrate: { command: COUNTED_MIGRATION } } : {}),
      readiness: {
        timeout: '6s',
        requestTimeout: '2s',
        successes: 3,
        tolerance: '1s',
        release: { field: 'version' },
      },
      soak: { time: '1s', interval: '200ms' },
    });
    const lab = new FaultLab(world, strategy, migrates, await Load.begin());
    const first = await lab.deploy(lab.commit('good'));
    if (first.code !== 0) throw new Error(`the first deploy failed: ${first.output}`);
    return lab;
  }

  /** A release like the one before, under a name of its own. @returns the full SHA */
  commit(scenario: Scenario): string {
    this.commits += 1;
    const name = `${scenario}-${this.commits}`;
    const files = shop(name);
    // The readiness answer has to name release or commit; a bad one names neither, which shows from outside only.
    const version = scenario === 'good' ? 'os.environ.get("LANDFALL_COMMIT", "")' : `"${name}"`;
    files['main.py'] = files['main.py'].replace(`VERSION = "${name}"`, `VERSION = ${version}`);
    return this.world.repository.commit(name, files);
  }

  async live(): Promise<string> {
    const live = liveIn(await hostFacts(this.world.host));
    if (live === null) throw new Error('not one release is live');
    return live;
  }

  /** `landfall deploy`, to its end, whichever of its clients sees that. */
  async deploy(commit: string, ...more: string[]): Promise<Ran> {
    for (let seen = this.begin(commit, more); ; ) {
      const ran = await seen.ended;
      const newest = this.client?.running ?? seen;
      if (newest === seen) return ran;
      seen = newest;
    }
  }

  /** Kills the client that waits and gives the same command again, as a CI job that is run again. */
  replaceClient(): void {
    if (this.client === null) return;
    this.client.running.kill('SIGKILL');
    this.begin(this.client.commit);
  }

  /** The worker that has the step under way; the oldest one when none has it yet. */
  async workerAtWork(run: RunWatch): Promise<number> {
    const pids = this.world.controller.workerPids;
    const atWork = await run.workerAtWork();
    // An earlier fault may have killed it, and no worker has taken the step over yet.
    const pid = pids.find((one) => one === atWork) ?? pids[0];
    if (pid === undefined) throw new Error('no worker runs');
    return pid;
  }

  private begin(commit: string, more: string[] = []): Running {
    // Given again after the end, it tells how that was, and does not deploy once more.
    const ciRun = { GITHUB_RUN_ID: commit };
    const running = this.world.begin('deploy', ['shop', '--ref', commit, ...more], ciRun);
    this.client = { commit, running };
    return running;
  }

  /** The load report of users during some work. */
  async underLoad<T>(work: () => Promise<T>): Promise<{ result: T; users: LoadReport }> {
    const target = { host: this.world.host.address, port: 8000, paths: { quick: '/', slow: '/slow' } };
    this.load.start(target, USERS);
    const from = now();
    try {
      const result = await work();
      return { result, users: await this.load.report({ from, to: now() + 500 }) };
    } finally {
      await this.load.stop();
    }
  }

  /** As many workers as the next run wants, and a line without silent connections. */
  async mend(workers: number): Promise<void> {
    const { controller, line } = this.world;
    line.endSilent();
    while (controller.workerPids.length < workers) await controller.startWorker();
    for (const pid of controller.workerPids.slice(workers)) await controller.stopWorker(pid, 'SIGTERM');
  }

  async stop(): Promise<void> {
    await this.load.end();
    await this.world.stop();
  }
}
