import { setTimeout as delay } from 'node:timers/promises';
import type { FaultLab } from './lab';
import type { RunWatch } from './run-watch';

/** Something that dies, or is asked for, in the middle of a deploy. */
export interface FaultKind {
  /** Its name in tables. */
  title: string;
  /**
   * Its possible effect on the end. `nothing`: a good release is deployed all the same. `cancels`: a cancel was
   * requested. `abandons`: the run ends without its undo, and another run has to repair the host. `may reject`: the
   * host itself was gone, which may cause a rollback.
   */
  effect: 'nothing' | 'cancels' | 'abandons' | 'may reject';
  /** Whether the host itself is struck, so that users may notice; default false. */
  usersMayNotice?: boolean;
  /** Whether the doctor repairs an abandoned deploy; default: the next deploy does. */
  doctor?: boolean;
  /** Workers that run when it strikes; default 1. */
  workers?: number;
  /**
   * Resolves when it is over; the deploy may still be recovering from it.
   * @param after milliseconds since the step began, for what has a moment of its own within a request
   */
  inject(lab: FaultLab, run: RunWatch, after: number): Promise<void>;
}

const SSHD_STOPPED_MS = 30_000;

/**
 * The program that carries out a request, or records a job's end, by its command line. Not the one with
 * `--run-job`: that is the job itself and what keeps its output. Most requests take less than this.
 */
const REQUEST = '^[^ ]*python3? [^ ]* ?[^ ]*/landfall-host( --job-ended .*)?$';
const LONGEST_REQUEST_MS = 90;

/** Long enough for its steps to be given to the other worker. */
const FROZEN_MS = 20_000;

export const FAULT_KINDS = {
  'worker killed': {
    title: '`kill -9` of the only worker, another one started at once',
    effect: 'nothing',
    async inject(lab) {
      await lab.world.controller.stopWorkers('SIGKILL');
      await lab.world.controller.startWorker();
    },
  },
  'one of two workers killed': {
    title: '`kill -9` of the worker that has the step, of two',
    effect: 'nothing',
    workers: 2,
    async inject(lab, run) {
      const { controller } = lab.world;
      await controller.stopWorker(await lab.workerAtWork(run), 'SIGKILL');
      // The second time in one run no worker would be left.
      if (controller.workerPids.length === 0) await controller.startWorker();
    },
  },
  'worker frozen': {
    title: 'the worker that has the step, of two, stands still for 20 s and then continues it',
    effect: 'nothing',
    workers: 2,
    async inject(lab, run) {
      const pid = await lab.workerAtWork(run);
      process.kill(pid, 'SIGSTOP');
      await delay(FROZEN_MS);
      process.kill(pid, 'SIGCONT');
    },
  },
  'worker stopped': {
    title: 'the only worker told to stop (SIGTERM), another one started',
    effect: 'nothing',
    async inject(lab) {
      await lab.world.controller.stopWorkers('SIGTERM');
      await lab.world.controller.startWorker();
    },
  },
  'client killed': {
    title: '`kill -9` of the client, the same command again',
    effect: 'nothing',
    async inject(lab) {
      lab.replaceClient();
    },
  },
  'ssh reset': {
    title: 'the SSH connection reset',
    effect: 'nothing',
    async inject(lab) {
      lab.world.line.cut();
    },
  },
  'ssh silent': {
    title: 'the SSH connection silently dropped',
    effect: 'nothing',
    async inject(lab) {
      lab.world.line.fallSilent();
    },
  },
  'sshd stopped': {
    title: 'sshd stopped for 30 s, its sessions ended',
    effect: 'nothing',
    async inject(lab) {
      await lab.world.host.root('systemctl stop ssh.service; pkill -KILL -x sshd || true');
      await delay(SSHD_STOPPED_MS);
      await lab.world.host.root('systemctl start ssh.service');
    },
  },
  'request killed': {
    title: '`kill -9` of the program on the host that carries out the request',
    effect: 'nothing',
    async inject(lab, _run, after) {
      const seconds = ((after % LONGEST_REQUEST_MS) / 1000).toFixed(3);
      await lab.world.host.root(
        `for each in $(seq 100); do pgrep -f '${REQUEST}' > /dev/null && break; sleep 0.003; done
         sleep ${seconds}; pkill -KILL -f '${REQUEST}' || true`,
      );
    },
  },
  'engine killed': {
    title: '`kill -9` of the engine, started again on its database',
    effect: 'nothing',
    async inject(lab) {
      await lab.world.restartEngine();
    },
  },
  'host rebooted': {
    title: "the host's power lost and back",
    effect: 'may reject',
    usersMayNotice: true,
    async inject(lab) {
      await lab.world.host.powerLoss();
    },
  },
  cancelled: {
    title: 'cancelled in the Temporal UI',
    effect: 'cancels',
    async inject(_lab, run) {
      await run.cancel();
    },
  },
  terminated: {
    title: 'terminated in the Temporal UI, then a new deploy',
    effect: 'abandons',
    async inject(_lab, run) {
      await run.terminate();
    },
  },
  'terminated, then the doctor': {
    title: 'terminated in the Temporal UI, then `landfall doctor --repair`',
    effect: 'abandons',
    doctor: true,
    async inject(_lab, run) {
      await run.terminate();
    },
  },
  reset: {
    title: 'reset in the Temporal UI, then a new deploy',
    effect: 'abandons',
    async inject(_lab, run) {
      await run.reset();
    },
  },
} satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as FaultName[];

export function faultKind(name: FaultName): FaultKind {
  return FAULT_KINDS[name];
}
