/**
 * `npm run bench`: a good deploy by Landfall beside the same steps as a plain SSH script, on the
 * same host, in turn, in one run. The first round of each (dependencies) is not counted.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';
import { runCommand } from '../test/support/run-command';
import { World } from '../test/support/world';

const ROUNDS = Number(process.argv[2] ?? 7);

async function main(): Promise<void> {
  const world = await World.start();
  try {
    const script = await plainScript(world);
    const landfall: number[] = [];
    const plain: number[] = [];
    let steps: string[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const commit = world.repository.commit(`round ${round}`, { 'ROUND.txt': String(round) });
      plain.push(await timed(() => script(commit)));
      landfall.push(
        await timed(async () => {
          const ran = await world.deploy(commit);
          steps = ran.output.split('\n').filter((line) => line.includes('✓'));
          return ran;
        }),
      );
    }
    const ratios = landfall.map((time, round) => time / (plain[round] ?? Number.NaN));
    const counted = (times: number[]) => times.slice(1);
    const row = (name: string, times: number[]) => `${name.padEnd(22)} ${summary(times)}`;
    process.stdout.write(
      [
        `${ROUNDS} good deploys each, in turn, dependencies unchanged; seconds: median (min to max)`,
        row('plain script', counted(plain)),
        row('landfall', counted(landfall)),
        row('ratio, pair by pair', counted(ratios)),
        '',
        'the last deploy, step by step:',
        ...steps,
        '',
        `resident memory of the worker: ${await workerMemory(world)} MB`,
        '',
      ].join('\n'),
    );
  } finally {
    await world.stop();
  }
}

/** Prepares the same host for the script, under names of its own. */
async function plainScript(world: World) {
  const { host } = world;
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-'));
  const config = join(folder, 'ssh_config');
  writeFileSync(
    config,
    `Host *\n  User root\n  Port ${host.port}\n  IdentityFile ${host.keyFile}\n  UserKnownHostsFile ${host.knownHostsFile}\n  ControlMaster auto\n  ControlPath ${folder}/%C\n  ControlPersist 60\n`,
  );
  await host.root('mkdir -p /srv/plain/releases /srv/plain/venvs');
  const bind = `${host.address}:8001`;
  return (commit: string) =>
    runCommand(
      join(packageRoot(), 'bench', 'plain-deploy.sh'),
      [host.address, config, world.repository.directory, commit, bind],
      {
        env: process.env,
      },
    );
}

async function timed(work: () => Promise<{ code: number | null; output: string }>): Promise<number> {
  const began = performance.now();
  const { code, output } = await work();
  if (code !== 0) throw new Error(`a deploy failed:\n${output}`);
  return (performance.now() - began) / 1000;
}

function summary(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? Number.NaN).toFixed(2);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)} to ${at(sorted.length - 1)})`;
}

async function workerMemory(world: World): Promise<string> {
  const { output } = await runCommand('ps', ['-o', 'rss=', '-p', String(world.controller.workerPid)], {
    env: process.env,
  });
  return (Number(output) / 1024).toFixed(0);
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
