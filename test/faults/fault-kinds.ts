import { setTimeout as delay } from 'node:timers/promises';
import type { FaultLab } from './lab';
import type { RunWatch } from './run-watch';

/** Something that dies, or is asked for, in the middle of a deploy. */
export interface FaultKind {
  /** What it is, for tables. */
  title: string;
  /**
   * What it may change about the end. `nothing`: a good release is deployed all the same. `cancels`: it
   * was asked for. `abandons`: the run ends without a word, and another one has to mend what it left.
   * `may reject`: the host itself was gone, which may be a reason to go back.
   */
  effect: 'nothing' | 'cancels' | 'abandons' | 'may reject';
  /** Whether the host itself is struck, so that users may notice. */
  usersMayNotice: boolean;
  /** Resolves when it is over; the deploy may still be recovering from it. */
  inject(lab: FaultLab, run: RunWatch): Promise<void>;
}

const SSHD_STOPPED_MS = 30_000;

export const FAULT_KINDS = {
  'worker killed': {
    title: '`kill -9` of the only worker, another one started at once',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      await lab.world.controller.stopWorkers('SIGKILL');
      await lab.world.controller.startWorker();
    },
  },
  'one of two workers killed': {
    title: '`kill -9` of the worker that has the step, of two',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab, run) {
      const [oldest] = lab.world.controller.workerPids;
      const pid = (await run.workerAtWork()) ?? oldest;
      if (pid !== undefined) await lab.world.controller.stopWorker(pid, 'SIGKILL');
    },
  },
  'worker stopped': {
    title: 'the only worker told to stop (SIGTERM), another one started',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      await lab.world.controller.stopWorkers('SIGTERM');
      await lab.world.controller.startWorker();
    },
  },
  'client killed': {
    title: '`kill -9` of the client, the same command again',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      lab.replaceClient();
    },
  },
  'ssh reset': {
    title: 'the SSH connection reset',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      lab.world.line.cut();
    },
  },
  'ssh silent': {
    title: 'the SSH connection silently dropped',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      lab.world.line.fallSilent();
    },
  },
  'sshd stopped': {
    title: 'sshd stopped for 30 s, its sessions ended',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      await lab.world.host.root('systemctl stop ssh.service; pkill -KILL -x sshd || true');
      await delay(SSHD_STOPPED_MS);
      await lab.world.host.root('systemctl start ssh.service');
    },
  },
  'request killed': {
    title: '`kill -9` of the program on the host that carries out the request',
    effect: 'nothing',
    usersMayNotice: false,
    async inject(lab) {
      await lab.world.host.root("pkill -KILL -f '^[^ ]*python3? .*/landfall-host' || true");
    },
  },
  'engine killed': {
    title: '`kill -9` of the engine, started again on its database',
    effect: 'nothing',
    usersMayNotice: false,
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
    usersMayNotice: false,
    async inject(_lab, run) {
      await run.cancel();
    },
  },
  terminated: {
    title: 'terminated in the Temporal UI, then a new deploy',
    effect: 'abandons',
    usersMayNotice: false,
    async inject(_lab, run) {
      await run.terminate();
    },
  },
} satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as FaultName[];

export function faultKind(name: FaultName): FaultKind {
  return FAULT_KINDS[name];
}
