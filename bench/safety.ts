/**
 * `npm run bench:safety`: what jobs and the claim add to a good deploy. The import check as a job and the
 * same command over plain SSH take turns on one host. Then the claim, its end, and a whole deploy are measured.
 */

import { callHelper } from '../src/host-agent/client';
import { HostConnections } from '../src/ssh/connections';
import { execute } from '../src/ssh/execute';
import { exampleApp } from '../test/harness/example-app';
import { World } from '../test/harness/world';

const ROUNDS = 20;
const DEPLOYS = 7;

/** A job that is already there is found, not started: each round needs a step of its own name. */
const stepName = (round: number) => `bench-${String.fromCharCode(97 + round)}`;

async function main(): Promise<void> {
  const world = await World.start({ strategy: 'overlap' });
  const { host } = world;
  const connections = new HostConnections({ keyFiles: [host.keyFile], knownHosts: host.knownHostsFile });
  try {
    const walls: number[] = [];
    for (let each = 0; each <= DEPLOYS; each += 1) {
      const commit = world.repository.commit(`good ${each}`, exampleApp(`good-${each}`));
      const { code, output } = await timed(walls, () => world.deploy(commit));
      if (code !== 0) throw new Error(output);
    }
    // The first one installs the dependencies.
    walls.shift();

    const { name, address, port } = host;
    const bind = { host: address, port: 8000 };
    const deployer = { name, address, port, user: 'deploy', bind };
    const root = { ...deployer, user: 'root' };
    const release = (await host.root('readlink /srv/shop/current')).stdout.trim().replace('releases/', '');
    const python = `/srv/shop/releases/${release}/.venv/bin/python`;
    const imports = 'import os; from main import app; os._exit(0)';
    const times = {
      plain: [] as number[],
      job: [] as number[],
      claim: [] as number[],
      finish: [] as number[],
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = `bench-${round}`;
      const asked = { run, engine: 'bench', commit: 'f'.repeat(40), by: 'bench', takeOver: false };
      const { fence } = await timed(times.claim, () =>
        callHelper(connections, deployer, 'shop', 'claim', asked),
      );
      const claim = { fence, run, seq: 0, attempt: 1 };
      const job = {
        claim,
        step: stepName(round),
        round: 0,
        as: 'service' as const,
        release,
        argv: [python, '-u', '-c', imports],
        env: {},
        timeoutMilliseconds: 30_000,
        memoryMaxBytes: null,
        waitMilliseconds: 8_000,
      };
      const ended = await timed(times.job, () => callHelper(connections, deployer, 'shop', 'job', job));
      if (ended.result !== 'success') throw new Error(`the job: ${JSON.stringify(ended)}`);
      const script = `set -a; . /etc/shop/env; cd /srv/shop/releases/${release}; exec setpriv --reuid=shop --regid=shop --init-groups ${python} -u -c '${imports}'`;
      const connection = await connections.to(root);
      const plain = await timed(times.plain, () => execute(connection, ['sh', '-c', script]));
      if (plain.code !== 0) throw new Error(`over plain SSH: ${plain.stderr}`);
      await timed(times.finish, () =>
        callHelper(connections, deployer, 'shop', 'finish', { claim, outcome: 'bench' }),
      );
    }
    report(times, walls);
  } finally {
    connections.close();
    await world.stop();
  }
}

/** A deploy that changes no dependency runs one job, the import check; others have one more for each command. */
function report(times: Record<'plain' | 'job' | 'claim' | 'finish', number[]>, walls: number[]): void {
  const added = times.job.map((job, round) => job - (times.plain[round] ?? 0));
  const each = { ...times, 'a job adds': added, 'a whole deploy': walls };
  process.stdout.write('| milliseconds | median | least | most | times |\n|---|---|---|---|---|\n');
  for (const [name, values] of Object.entries(each)) {
    const sorted = values.toSorted((a, b) => a - b);
    const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
    process.stdout.write(
      `| ${name} | ${Math.round(median(values))} | ${Math.round(least)} | ${Math.round(most)} | ${values.length} |\n`,
    );
  }
  const safety = median(added) + median(times.claim) + median(times.finish);
  const share = (100 * safety) / median(walls);
  process.stdout.write(
    `\nClaim, its end and one job: ${Math.round(safety)} ms of a deploy of ${Math.round(median(walls))} ms, ${share.toFixed(1)} %.\n`,
  );
}

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  into.push(performance.now() - began);
  return result;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
