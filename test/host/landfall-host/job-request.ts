/** A service's host with a claim and a release, and requests for jobs on it. */
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Claim, JobRequest, JobState } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';

export class JobHost {
  private constructor(
    readonly shop: ServiceHost,
    public claim: Claim,
    readonly release: string,
  ) {}

  static async start(): Promise<JobHost> {
    const shop = await ServiceHost.start();
    await shop.root('touch /etc/shop.env');
    const claim = (await shop.claimed('run-1'))(0);
    return new JobHost(shop, claim, await shop.staged(claim, 'tree', { 'main.py': 'x = 1' }));
  }

  request(step: string, script: string, more: Partial<JobRequest> = {}): JobRequest {
    const { claim, release } = this;
    const limits = { timeoutMilliseconds: 60_000, memoryMaxBytes: null, waitMilliseconds: 8_000 };
    const argv = ['sh', '-c', script];
    return { claim, step, round: 1, as: 'service', release, argv, env: {}, ...limits, ...more };
  }

  /** As the worker does, asks again while it runs; with `waitMilliseconds`, asks once. */
  async job(step: string, script: string, more: Partial<JobRequest> = {}): Promise<JobState> {
    const request = this.request(step, script, more);
    let job = await this.shop.call('job', request);
    if (more.waitMilliseconds !== undefined) return job;
    await until(async () => {
      if (job.state === 'running') job = await this.shop.call('job', request);
      return job.state !== 'running';
    });
    return job;
  }

  /** Asks for a job in a call that does not live to answer. */
  async unanswered(request: JobRequest): Promise<void> {
    const line = JSON.stringify({ protocol: PROTOCOL, verb: 'job', service: 'shop', ...request });
    const ended = await this.shop.ssh('deploy', `sudo -n ${HELPER_PATH}`, Buffer.from(`${line}\n`));
    if (ended.stdout !== '') throw new Error(`answered: ${ended.stdout}`);
  }

  stop(step: string): Promise<{ stopped: boolean }> {
    return this.shop.call('job-stop', { claim: this.claim, step, round: 1 });
  }

  /** Where the job of a step of the present claim keeps what is known about it. */
  directory(step: string): string {
    return `/var/lib/landfall/shop/jobs/landfall-job-shop-${this.claim.fence}-${step}-1`;
  }

  /** Of systemd, about the unit of a step of the present claim. */
  journal(step: string): Promise<string> {
    const unit = `landfall-job-shop-${this.claim.fence}-${step}-1.service`;
    return this.shop.root(`journalctl --sync; journalctl -q -o cat UNIT=${unit}`);
  }

  /** How often systemd started it. */
  async starts(step: string): Promise<number> {
    return Number(await this.shop.root(`cat ${this.directory(step)}/starts 2>/dev/null | wc -l`));
  }

  /** Resolves when a condition of the shell holds on the host. */
  async until(condition: string): Promise<void> {
    await this.shop.root(`timeout 120 sh -c 'until ${condition}; do sleep 0.02; done'`);
  }
}
