import type { ChildProcess } from 'node:child_process';
import { type Ran, runCommand } from './run-command';

/** A program under way: what it has said so far, and its end. */
export class Running {
  readonly ended: Promise<Ran>;
  private child: ChildProcess | null = null;
  private said = '';
  private readonly awaited: { pattern: RegExp; found: () => void }[] = [];

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    this.ended = runCommand(command, args, {
      env,
      onStart: (child) => {
        this.child = child;
      },
      onLine: (line) => {
        this.said += `${line}\n`;
        this.look();
      },
    });
  }

  /** Resolves when a line like this was said; fails when the program ends without it. */
  async says(pattern: RegExp): Promise<void> {
    const said = new Promise<void>((found) => this.awaited.push({ pattern, found }));
    this.look();
    const ended = this.ended.then(({ code, output }) => {
      if (!pattern.test(output)) throw new Error(`ended with ${code} without saying ${pattern}:\n${output}`);
    });
    await Promise.race([said, ended]);
  }

  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Also all that it has started, when it leads a process group. */
  killGroup(signal: NodeJS.Signals): void {
    if (this.child?.pid !== undefined) process.kill(-this.child.pid, signal);
  }

  private look(): void {
    for (const { pattern, found } of this.awaited) if (pattern.test(this.said)) found();
  }
}
