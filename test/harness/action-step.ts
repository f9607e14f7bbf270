import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root';
import { runCommand } from './run-command';
import { Running } from './running';

interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: { id: string; shell: string; run: string; env: Record<string, string> }[] };
}

/** `action.yml`, as GitHub reads it. */
export function action(): Action {
  return parse(readFileSync(join(packageRoot(), 'action.yml'), 'utf8'));
}

function executable(name: string): string {
  return execFileSync('which', [name], { encoding: 'utf8' }).trim();
}

/** Runs the step of `action.yml` as a runner of GitHub does, with programs of the test's own. */
export class ActionStep {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-action-'));

  private path = `${join(this.folder, 'bin')}:${process.env.PATH}`;
  private readonly files = {
    GITHUB_OUTPUT: join(this.folder, 'output'),
    GITHUB_STEP_SUMMARY: join(this.folder, 'summary'),
  };

  constructor() {
    mkdirSync(join(this.folder, 'bin'));
    mkdirSync(join(this.folder, 'temp'));
  }

  /** Puts a shell script before the programs of the machine. */
  program(name: string, script: string): void {
    const file = join(this.folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${script}`);
    chmodSync(file, 0o755);
  }

  /** Lets the step find these programs of the machine, and no others: a runner without Landfall and Node. */
  only(...names: string[]): void {
    for (const name of names) this.program(name, `exec ${executable(name)} "$@"`);
    this.path = join(this.folder, 'bin');
  }

  async run(inputs: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
    const { shell, script, variables } = this.step(inputs, env);
    const ran = await runCommand(shell, ['-c', script], { cwd: this.folder, env: variables });
    const outputs = readFileSync(this.files.GITHUB_OUTPUT, 'utf8').trim().split('\n');
    return {
      ...ran,
      outputs: Object.fromEntries(outputs.map((line) => line.split(/=(.*)/s).slice(0, 2))),
      summary: readFileSync(this.files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  }

  /** Starts the step in a process group of its own, as a runner does that may be killed with all that it started. */
  begin(inputs: Record<string, string>): Running {
    const { shell, script, variables } = this.step(inputs, {});
    return new Running(executable('setsid'), [executable(shell), '-c', script], variables);
  }

  private step(inputs: Record<string, string>, env: NodeJS.ProcessEnv) {
    const { inputs: known, runs } = action();
    const [step] = runs.steps;
    if (step === undefined) throw new Error('action.yml has no step');
    const inputOf = (name: string) => inputs[name] ?? known[name]?.default ?? '';
    const given = Object.entries(step.env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => inputOf(input)),
    ]);
    for (const file of Object.values(this.files)) writeFileSync(file, '');
    const variables: NodeJS.ProcessEnv = {
      PATH: this.path,
      HOME: this.folder,
      RUNNER_TEMP: join(this.folder, 'temp'),
      GITHUB_ACTION_PATH: packageRoot(),
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '123',
      LANDFALL_PAUSE: '0',
      ...this.files,
      ...Object.fromEntries(given),
      ...env,
    };
    return { shell: step.shell, script: step.run, variables };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
