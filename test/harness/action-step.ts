import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root';
import { runCommand } from './run-command';

interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: { id: string; shell: string; run: string; env: Record<string, string> }[] };
}

/** `action.yml`, as GitHub reads it. */
export function action(): Action {
  return parse(readFileSync(join(packageRoot(), 'action.yml'), 'utf8'));
}

/** Runs the step of `action.yml` as a runner of GitHub does, with programs of the test's own. */
export class ActionStep {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-action-'));

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

  async run(inputs: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
    const { inputs: known, runs } = action();
    const [step] = runs.steps;
    if (step === undefined) throw new Error('action.yml has no step');
    const inputOf = (name: string) => inputs[name] ?? known[name]?.default ?? '';
    const variables = Object.entries(step.env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => inputOf(input)),
    ]);
    const files = {
      GITHUB_OUTPUT: join(this.folder, 'output'),
      GITHUB_STEP_SUMMARY: join(this.folder, 'summary'),
    };
    for (const file of Object.values(files)) writeFileSync(file, '');
    const ran = await runCommand(step.shell, ['-c', step.run], {
      cwd: this.folder,
      env: {
        PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
        HOME: this.folder,
        RUNNER_TEMP: join(this.folder, 'temp'),
        GITHUB_ACTION_PATH: packageRoot(),
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: '123',
        LANDFALL_PAUSE: '0',
        ...files,
        ...Object.fromEntries(variables),
        ...env,
      },
    });
    const outputs = readFileSync(files.GITHUB_OUTPUT, 'utf8').trim().split('\n');
    return {
      ...ran,
      outputs: Object.fromEntries(outputs.map((line) => line.split(/=(.*)/s).slice(0, 2))),
      summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
