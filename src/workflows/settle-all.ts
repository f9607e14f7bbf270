import { CancellationScope, condition } from '@temporalio/workflow';
import { failureOf } from '../deployment/failures';
import type { DeployHost } from './deploy-host';
import type { Answer, Operator } from './operator';
import { reasonOf } from './reason';
import type { StatusPublisher } from './status-publisher';

/** A failure on some hosts, with the answer of an operator or another deploy if it came already. */
export interface Trouble {
  failure: unknown;
  answer: Answer | null;
}

/** Work on each host on its own: a host that fails neither stops nor delays another. */
export class SettleAll {
  constructor(
    private readonly publisher: StatusPublisher,
    private readonly operator: Operator,
  ) {}

  /**
   * A host that another deploy owns is left out; no person could repair that.
   * @param failures gets them as they happen
   * @returns the same
   */
  async each(
    hosts: DeployHost[],
    work: (host: DeployHost) => Promise<void>,
    failures: unknown[] = [],
  ): Promise<unknown[]> {
    await Promise.all(
      hosts.map(async (host) => {
        try {
          await work(host);
        } catch (error) {
          // Cut short: its fact says already how it stands.
          if (CancellationScope.current().consideredCancelled) return;
          const { message } = reasonOf(error);
          if (isFenced(error)) return host.letGo(message);
          failures.push(error);
          host.fact.state = 'needs-operator';
          host.fact.problem = message;
        }
        this.publisher.publish();
      }),
    );
    return failures;
  }

  /**
   * Once all remaining hosts only wait to be reached, another deploy may supersede the run. If one has failed, the
   * run asks an operator at once, because that wait may last for hours.
   * @param mayAsk whether a failure is for a person at that moment
   * @returns null: it succeeded everywhere
   */
  async untilAnswered(
    hosts: DeployHost[],
    work: (host: DeployHost) => Promise<void>,
    mayAsk = () => true,
  ): Promise<Trouble | null> {
    const left = new Set(hosts);
    const failures: unknown[] = [];
    let asked = false;
    let ended = false;
    const onlyWaits = () => left.size > 0 && [...left].every(isWaitedFor);
    const all = async () => {
      await this.each(hosts, (host) => work(host).finally(() => left.delete(host)), failures);
    };
    const ask = async () => {
      await condition(() => ended || (failures.length > 0 && onlyWaits() && mayAsk()));
      if (ended) return;
      asked = true;
      this.publisher.sayOperatorNeeded(failures[0], this.operator.pose());
    };
    const asking = ask();
    const answer = await this.operator.unlessAnswered(all, {
      mayDecide: () => asked && onlyWaits(),
      maySupersede: onlyWaits,
    });
    ended = true;
    await asking;
    if (answer === null && failures.length === 0) return null;
    if (answer !== null && 'decision' in answer) {
      for (const { fact } of hosts.filter(isWaitedFor)) {
        fact.state = 'needs-operator';
        fact.problem = 'cannot be reached, and is waited for no more';
      }
    }
    return { failure: failures[0], answer };
  }
}

/** Nothing is done there but to wait until it can be reached. */
function isWaitedFor({ fact }: DeployHost): boolean {
  return fact.state === 'unreachable';
}

export function isFenced(error: unknown): boolean {
  return failureOf(error)?.type === 'Fenced';
}
