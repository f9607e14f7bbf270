import { randomBytes } from 'node:crypto';
import type { Annotation, CiLog, Stream } from './ci-log';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Keeps GitHub Actions from taking printed texts for its commands. Commands are off from the first line, and on again
 * at the end, by a random word. Everything in between goes to one stream, because the runner reads standard output
 * and standard error at the same time, in no order. Only a
 * SIGKILL leaves commands off, until the end of the step.
 */
export class GitHubLog implements CiLog {
  private stopped: { token: string; on: Stream } | null = null;
  private isGrouped = false;

  /** Of a process, also when a signal ends it. */
  static of(process: NodeJS.Process): GitHubLog {
    const log = new GitHubLog();
    process.on('exit', () => log.resume());
    for (const signal of SIGNALS) {
      const end = () => {
        // Another listener ends the process in good order, or continues.
        if (process.listenerCount(signal) > 1) return;
        log.resume();
        process.off(signal, end);
        process.kill(process.pid, signal);
      };
      process.on(signal, end);
    }
    return log;
  }

  /** @returns the stream to write to, which is this one only if it is the first */
  lines(stream: Stream): Stream {
    if (this.stopped === null) {
      this.stopped = { token: newToken(), on: stream };
      stream.write(stopCommand(this.stopped.token));
    }
    return this.stopped.on;
  }

  group(stream: Stream, title: string): void {
    this.command(stream, ...this.groupEnd(), `::group::${escapedData(title)}`);
    this.isGrouped = true;
  }

  endGroup(stream: Stream): void {
    if (this.isGrouped) this.command(stream, ...this.groupEnd());
    this.isGrouped = false;
  }

  annotate(stream: Stream, { level, title, message, place }: Annotation): void {
    const properties = { title, file: place?.file, line: place?.line ?? undefined };
    const words = Object.entries(properties).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${escapedProperty(String(value))}`],
    );
    this.command(stream, `::${level} ${words.join(',')}::${escapedData(message)}`);
  }

  /** Turns commands on permanently. */
  resume(): void {
    this.stopped?.on.write(resumeCommand(this.stopped.token));
    this.stopped = null;
  }

  /** In one write, so that no other text is printed while commands are on. The old word is known then. */
  private command(stream: Stream, ...commands: string[]): void {
    const to = this.lines(stream);
    const before = this.stopped?.token ?? '';
    const token = newToken();
    to.write(`${resumeCommand(before)}${commands.map((each) => `${each}\n`).join('')}${stopCommand(token)}`);
    this.stopped = { token, on: to };
  }

  private groupEnd(): string[] {
    return this.isGrouped ? ['::endgroup::'] : [];
  }
}

function newToken(): string {
  return randomBytes(24).toString('hex');
}

function stopCommand(token: string): string {
  return `::stop-commands::${token}\n`;
}

function resumeCommand(token: string): string {
  return `::${token}::\n`;
}

/** As the runner reads it: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escapedData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
