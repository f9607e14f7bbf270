import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { printable, safeJson } from '../text/safe-text';
import { withinColumns } from '../text/width';
import type { Annotation, CiLog, Stream } from './ci-log';
import { ciLogOf, type Format, formatOf } from './format';

export interface Sink extends Stream {
  isTTY?: boolean;
  columns?: number;
}

/** How often a plain log (CI) gets the line that work continues. */
const PLAIN_INTERVAL_MS = 10_000;

const CLEAR_LINE = '\r\u001b[2K';

/**
 * All output of a process: there is no other way to standard output and standard error. Every text counts as foreign,
 * so no caller has to mark the foreign part. No text acts on the terminal or on the CI. A line stays one line: a line
 * end within it becomes visible.
 */
export class Output {
  private lastLine = performance.now();
  private showsProgress = false;

  constructor(
    private readonly out: Sink,
    private readonly err: Sink,
    /** null: the log of no CI system. */
    private ci: CiLog | null,
  ) {}

  /** Writes for another reader than the environment says: a CI at the other end of a connection. */
  writeFor(format: Format): void {
    this.ci = ciLogOf(format, process);
  }

  /** Each argument is one line. */
  say(...lines: string[]): void {
    this.lastLine = performance.now();
    this.write(this.out, lines);
  }

  /** The same on standard error, for errors and for collected logs. */
  complain(...lines: string[]): void {
    this.write(this.err, lines);
  }

  /** Replaces the line that shows the current work; a plain log gets it rarely. */
  progress(line: string): void {
    if (this.out.isTTY) {
      const shown = withinColumns(printable(line), (this.out.columns ?? 100) - 1);
      this.out.write(`${this.cleared()}${shown}`);
      this.showsProgress = true;
      return;
    }
    if (performance.now() - this.lastLine < PLAIN_INTERVAL_MS) return;
    this.say(line);
  }

  /**
   * Begins a part of the log that a reader of a CI can fold. The part before ends.
   * @param heading the line for every other reader; null: none
   */
  group(title: string, heading: string | null): void {
    if (this.ci !== null) this.ci.group(this.out, printable(title));
    else if (heading !== null) this.say(heading);
  }

  endGroup(): void {
    this.ci?.endGroup(this.out);
  }

  /** Shows a text outside of the log too, where the CI can do that. The log needs the text as well. */
  annotate(annotation: Annotation): void {
    const { title, message, place } = annotation;
    this.ci?.annotate(this.out, {
      ...annotation,
      title: printable(title),
      message: printable(message),
      place: place && { ...place, file: printable(place.file) },
    });
  }

  /** For programs, and the only text on standard output: also on GitHub Actions, where JSON begins no command. */
  json(value: unknown): void {
    this.out.write(`${safeJson(value)}\n`);
  }

  /** The same for a text: a script, Markdown. Each argument is one line. */
  document(...lines: string[]): void {
    this.out.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }

  /** @returns the answer of a person, who is asked on the terminal; empty at the end of the input */
  ask(question: string): Promise<string> {
    return this.asked(question, process.stdout);
  }

  /** The same, and the terminal does not show the answer. */
  async askSecret(question: string): Promise<string> {
    const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
    const answer = await this.asked(question, nothing);
    process.stdout.write('\n');
    return answer;
  }

  /** @param shown gets what a person types */
  private async asked(question: string, shown: Writable): Promise<string> {
    const hides = shown !== process.stdout;
    const terminal = createInterface({
      input: process.stdin,
      output: shown,
      ...(hides && { terminal: true }),
    });
    // Without this, Ctrl-C would end the question alone, and the command would wait for ever.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const ended = once(terminal, 'close').then(() => '');
    const prompt = `${this.cleared()}${printable(question)} `;
    try {
      // Only now: until the interface is there, the terminal itself shows each key.
      if (hides) process.stdout.write(prompt);
      return await Promise.race([terminal.question(hides ? '' : prompt), ended]);
    } finally {
      terminal.close();
    }
  }

  private write(sink: Sink, lines: string[]): void {
    const cleared = this.cleared();
    if (cleared !== '') this.out.write(cleared);
    const to = this.ci?.lines(sink) ?? sink;
    to.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }

  /** The sequence that removes the progress line from a terminal; empty without one. */
  private cleared(): string {
    if (!this.showsProgress) return '';
    this.showsProgress = false;
    return CLEAR_LINE;
  }
}

function outputOf(env: NodeJS.ProcessEnv): Output {
  const { stdout, stderr } = process;
  // A reader that ends early (`landfall status | head`) must not cause a stack trace.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  return new Output(stdout, stderr, ciLogOf(formatOf(env), process));
}

/** This process's. */
export const output = outputOf(process.env);
