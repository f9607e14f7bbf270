import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { DoctorInput } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { leadsTo } from '../deployment/leads-to';
import { type DeployStatus, initialRepairStatus, type Reason } from '../deployment/status';
import { checkedRepair } from './checked-input';
import { endRun } from './end-run';
import { Host } from './host';
import { Operator } from './operator';
import { reasonOf } from './reason';
import { repairHost, startSingletons } from './repair-host';
import { Semaphore } from './semaphore';
import { StatusPublisher } from './status-publisher';

/**
 * Repairs abandoned deploys: afterwards each host has last good live and ready, alone, and no open claim. A repair
 * has the id of the deploys, so the engine never runs both at once. A host that is well is not touched. A host that
 * cannot be repaired delays no other and does not keep the run open. The run ends, and says what a person has to do.
 *
 * The outcome and the facts per host are in the memo at any time.
 *
 * @returns the final status, when all hosts are well
 */
export async function repair(input: DoctorInput): Promise<DeployStatus> {
  const run = new Repair(await checkedRepair(input));
  await run.repairAll();
  return await CancellationScope.nonCancellable(() => run.end());
}

class Repair {
  private readonly hosts: Host[];
  private readonly status: DeployStatus;
  private readonly publisher: StatusPublisher;
  private readonly oneAtATime = new Semaphore(1);

  constructor(input: DoctorInput) {
    // A repair asks no question; a decision is refused with that reason.
    this.status = initialRepairStatus(input);
    new Operator((choice) => leadsTo(choice, this.status));
    this.publisher = new StatusPublisher(this.status);
    this.hosts = input.hosts.map((host) => new Host(input, host, () => this.publisher.publish()));
    for (const host of this.hosts) this.status.hosts[host.name] = host.fact;
    this.publisher.publish();
  }

  /** Each host on its own. Only a singleton waits until every other host has ended its own. */
  async repairAll(): Promise<void> {
    const begins = () => this.publisher.enter('repair');
    const waiting = new Map<Host, string[]>();
    await Promise.all(
      this.hosts.map((host) =>
        this.repair(host, async () => {
          const singletons = await repairHost(host, begins, this.oneAtATime);
          if (singletons.length > 0) waiting.set(host, singletons);
        }),
      ),
    );
    const unknown = this.hosts.find(({ fact }) => !['well', 'repaired', 'untouched'].includes(fact.state));
    for (const [host, names] of waiting)
      await this.repair(host, async () => {
        if (unknown !== undefined) throw mayRunElsewhere(host, names, unknown);
        await startSingletons(host, begins);
      });
  }

  private async repair(host: Host, repairs: () => Promise<void>): Promise<void> {
    try {
      await repairs();
    } catch (error) {
      if (isCancellation(error)) {
        this.status.cancelled = true;
        host.fact.problem = 'not repaired, because a cancel was asked for';
      } else this.failed(host, reasonOf(error));
    }
    this.publisher.publish();
  }

  private failed(host: Host, reason: Reason): void {
    const { service, environment } = this.status;
    const again = `then again: landfall doctor ${service} --env ${environment} --repair`;
    host.fact.state = 'needs-operator';
    host.fact.problem = `${reason.message} What to do: ${reason.advice} ${again}`;
    this.status.reason ??= { ...reason, host: host.name };
  }

  /** @throws unless all hosts are well */
  async end(): Promise<DeployStatus> {
    const well = this.hosts.every(({ fact }) => fact.state === 'well' || fact.state === 'repaired');
    return await endRun(this.publisher, well ? 'repaired' : 'not-repaired');
  }
}

function mayRunElsewhere({ name: host }: Host, names: string[], { name: other }: Host): Error {
  const message = `${names.join(', ')} may still run on ${other}, which was not repaired, and was not started on ${host}.`;
  return fail('CommandFailed', message, { host, advice: `Repair ${other} first.` });
}
