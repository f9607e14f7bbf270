/**
 * `npm run bench`: what a deploy costs users. The same releases, good and bad, are deployed to the same
 * host in turn by Landfall, a script, Ansible and Capistrano, under constant load. See README.md here.
 */
import { Lab } from './lab';
import { ensureNeeds } from './needs';
import { type Options, readOptions } from './options';
import { report } from './report';
import { Rounds } from './rounds';

async function bench(options: Options, signal: AbortSignal): Promise<void> {
  await ensureNeeds(options.only, say);
  const lab = await Lab.start(signal);
  try {
    const rounds = new Rounds(lab, options, sayWithTime);
    await rounds.run();
    await report(lab, rounds, options, say);
  } finally {
    await lab.stop();
  }
}

const began = performance.now();

function sayWithTime(line: string): void {
  const passed = Math.round((performance.now() - began) / 1000);
  say(`${String(Math.floor(passed / 60)).padStart(3)}:${String(passed % 60).padStart(2, '0')}  ${line}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (!interruption.signal.aborted) say(`${name}: ending what was started.`);
    interruption.abort(new Error('interrupted'));
  });
}

bench(readOptions(process.argv.slice(2)), interruption.signal).catch((error) => {
  process.stderr.write(`The bench failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
