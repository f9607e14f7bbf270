import { randomBytes } from 'node:crypto';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Sink {
  write(text: string): unknown;
}

/**
 * Keeps GitHub Actions from taking printed texts for its commands. Commands are off from the first line, and on again
 * at the end, by a random word. Everything in between goes to one stream, because the runner reads standard output
 * and standard error at the same time, in no order. Only a
 * SIGKILL leaves commands off, until the end of the step.
 */
export class StoppedCommands {
  private stopped: { token: string; on: Sink } | null = null;

  /** Those of a process, also when a signal ends it. */
  static of(process: NodeJS.Process): StoppedCommands {
    const commands = new StoppedCommands();
    process.on('exit', () => commands.resume());
    for (const signal of SIGNALS) {
      const end = () => {
        // Another listener ends the process in good order, or continues.
        if (process.listenerCount(signal) > 1) return;
        commands.resume();
        process.off(signal, end);
        process.kill(process.pid, signal);
      };
      process.on(signal, end);
    }
    return commands;
  }

  /** @returns the stream to write to, which is this one only if it is the first */
  stop(on: Sink): Sink {
    if (this.stopped === null) {
      this.stopped = { token: randomBytes(24).toString('hex'), on };
      on.write(`::stop-commands::${this.stopped.token}\n`);
    }
    return this.stopped.on;
  }

  resume(): void {
    this.stopped?.on.write(`::${this.stopped.token}::\n`);
    this.stopped = null;
  }
}
