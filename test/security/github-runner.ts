/**
 * How GitHub's runner reads the output of a step, after its own sources (actions/runner: ActionCommand,
 * ActionCommandManager): which lines it takes for commands.
 */

/** The runner's own commands, and those that older ones still knew. */
const COMMANDS = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

interface Command {
  name: string;
  data: string;
}

/** Reads the output of one step, from its beginning. */
export class GithubRunner {
  /** The commands that it executed for the step, `stop-commands` aside. */
  readonly executed: string[] = [];
  /** How often commands were off, and are on again. */
  stops = 0;
  private readonly registered = new Set(COMMANDS);
  private token: string | null = null;

  read(output: string): this {
    // .NET's StreamReader ends a line at each of these.
    for (const line of output.split(/\r\n|\n|\r/)) this.readLine(line);
    return this;
  }

  /** Whether commands are on, as before the step. */
  get listens(): boolean {
    return this.token === null;
  }

  private readLine(line: string): void {
    // .NET compares by culture, which overlooks what is invisible: both readings count here.
    const bare = line.replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
    const command = this.parse(line) ?? this.parse(bare);
    if (command === null) return;
    if (this.token !== null) {
      if (command.name !== this.token.toLowerCase()) return;
      this.registered.delete(command.name);
      this.token = null;
    } else if (command.name === 'stop-commands') {
      this.token = command.data;
      this.registered.add(command.data.toLowerCase());
      this.stops += 1;
    } else {
      this.executed.push(line);
    }
  }

  private parse(line: string): Command | null {
    return this.parseColons(line) ?? this.parseBrackets(line);
  }

  /** `::name properties::data`, after blanks. */
  private parseColons(line: string): Command | null {
    const text = line.replace(/^[\s\u0085]+/, '');
    if (!text.startsWith('::')) return null;
    const end = text.indexOf('::', 2);
    return end < 0 ? null : this.known(text.slice(2, end), text.slice(end + 2));
  }

  /** `##[name properties]data`, wherever the first one stands. */
  private parseBrackets(line: string): Command | null {
    const begin = line.indexOf('##[');
    const end = begin < 0 ? -1 : line.indexOf(']', begin);
    return end < 0 ? null : this.known(line.slice(begin + 3, end), line.slice(end + 1));
  }

  private known(info: string, data: string): Command | null {
    const name = (info.split(' ')[0] ?? '').toLowerCase();
    return this.registered.has(name) ? { name, data } : null;
  }
}
