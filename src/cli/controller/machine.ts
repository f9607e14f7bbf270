import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type ControllerFacts, FACTS_SCRIPT, factsFrom } from '../../controller/install/facts';
import { rootCommand, saidIn } from '../../controller/install/script';
import type { SshTarget } from '../../ssh/command-line';
import { parseSshTarget, type SshEnded, systemSsh } from '../../ssh/system-ssh';
import { linesOf } from '../../text/safe-text';
import { CommandError } from '../exit-codes';

export interface ScriptOptions {
  /** Follows the script on its standard input. */
  payload?: AsyncIterable<Buffer>;
  /** Told each thing that the script says, as it comes. */
  onSaid?: (said: { name: string; value: string }) => void;
  /** Gets standard output, in place of `onSaid`. */
  take?: (output: Readable) => Promise<void>;
}

export interface ScriptEnded {
  code: number | null;
  said: { name: string; value: string }[];
  stderr: string;
}

/** The machine of a controller, where scripts run as root. */
export class Machine {
  private constructor(
    private readonly target: SshTarget,
    /** As the person wrote it. */
    readonly name: string,
  ) {}

  /** @throws CommandError for a name that is neither a host nor USER@HOST */
  static named(name: string): Machine {
    const target = parseSshTarget(name);
    if (target !== null) return new Machine(target, name);
    throw new CommandError(`${name} is not a machine. Write HOST, USER@HOST or USER@HOST:PORT.`);
  }

  /** The name without user and port. */
  get host(): string {
    return this.target.host;
  }

  /**
   * Runs a script as root.
   * @throws SshFailed without a connection; CommandError when the user may not become root
   */
  async run(script: string, options: ScriptOptions = {}): Promise<ScriptEnded> {
    const head = Buffer.from(script);
    const input = Readable.from(follow(head, options.payload));
    const take = options.take ?? ((output) => readSaid(output, said, options.onSaid));
    const said: ScriptEnded['said'] = [];
    const ended = await systemSsh(this.target, rootCommand(head.length), { input, take });
    if (said.length === 0 && options.take === undefined) throw this.notRoot(ended);
    return { code: ended.code, said, stderr: ended.stderr };
  }

  /** @throws as `run`; CommandError when the machine does not answer as expected */
  async facts(): Promise<ControllerFacts> {
    const { code, said, stderr } = await this.run(FACTS_SCRIPT);
    const facts = factsFrom(said.map(({ name, value }) => `landfall:${name}=${value}`).join('\n'));
    if (code === 0 && facts !== null) return facts;
    throw new CommandError([
      `${this.name} could not be examined (exit status ${code}): ${lastLine(stderr)}`,
      'Nothing was changed. Check that a shell and awk work there.',
    ]);
  }

  /** @throws CommandError when no controller is installed there */
  async installed(): Promise<ControllerFacts> {
    const facts = await this.facts();
    if (facts.current !== null) return facts;
    throw new CommandError(
      `There is no controller on ${this.name}. Install one: landfall controller install ${this.name}`,
    );
  }

  private notRoot({ stderr }: SshEnded): CommandError {
    return new CommandError([
      `The login ${this.name} cannot run a script as root: ${lastLine(stderr)}`,
      `Log in as root (root@${this.host}), or let the user run sudo without a password there.`,
    ]);
  }
}

async function readSaid(
  output: Readable,
  said: ScriptEnded['said'],
  onSaid: ScriptOptions['onSaid'],
): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    for (const one of saidIn(line)) {
      said.push(one);
      onSaid?.(one);
    }
  }
}

async function* follow(head: Buffer, payload: AsyncIterable<Buffer> | undefined): AsyncGenerator<Buffer> {
  yield head;
  if (payload !== undefined) yield* payload;
}

/** The reason that an unexpected end of a script gives. */
export function lastLine(stderr: string): string {
  return linesOf(stderr).findLast((line) => line.trim() !== '') ?? 'the machine gave no reason';
}
