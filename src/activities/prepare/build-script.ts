/** The command of the job that builds in a release. Pure: every value is a positional parameter, none is part of the script. */
import type { Build } from '../../config/build';
import { commandLine } from '../../ssh/quote';

/**
 * Names what is missing before anything starts. Then runs the commands, and says which one failed. Builds run programs
 * in TMPDIR, which a hardened host forbids in /tmp (noexec). A build that was killed left its own behind.
 */
const SCRIPT = `set -u
missing=
while [ "$1" != -- ]; do
  command -v "$1" >/dev/null 2>&1 || missing="$missing $1"
  shift
done
shift
if [ -n "$missing" ]; then
  echo "landfall: missing:$missing"
  exit 69
fi
rm -rf "$XDG_CACHE_HOME"/build.*
TMPDIR=$(mktemp -d "$XDG_CACHE_HOME/build.XXXXXX") || exit 73
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
number=0
for command in "$@"; do
  number=$((number + 1))
  printf '$ %s\\n' "$command"
  /bin/sh -ec "$command" || { status=$?; echo "landfall: command $number ended with exit status $status"; exit "$status"; }
done
`;

/** One command as a text for a shell. */
export function textOf(command: Build['commands'][number]): string {
  return typeof command === 'string' ? command : commandLine(command);
}

/** Programs in the words of a shell: what an `&&` or a pipe joins is a command of its own. */
const JOINED = /&&|\|\||[;|&]/;
const PROGRAM = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** The programs that the commands name, as far as they can be read. Files of the release are not looked for. */
export function programsOf({ commands, needs }: Pick<Build, 'commands' | 'needs'>): string[] {
  const first = commands.flatMap((command) => {
    if (typeof command !== 'string') return command.slice(0, 1);
    // Inside of quotes a mark joins nothing.
    const parts = /["'`\\]/.test(command) ? [command] : command.split(JOINED);
    return parts.flatMap((part) => {
      const word = part
        .trim()
        .split(/\s+/)
        .find((each) => !/^\w+=/.test(each));
      return word === undefined ? [] : [word];
    });
  });
  return [...new Set([...needs, ...first.filter((word) => PROGRAM.test(word))])];
}

export function buildCommand(build: Pick<Build, 'commands' | 'needs'>): string[] {
  return ['/bin/sh', '-c', SCRIPT, 'build', ...programsOf(build), '--', ...build.commands.map(textOf)];
}

/** Programs that the host lacks, from the output of the script; null: it ran the commands. */
export function missingIn(output: string): string[] | null {
  const found = /^landfall: missing:((?: [A-Za-z0-9._+-]+)+)$/m.exec(output);
  return found === null ? null : (found[1] ?? '').trim().split(' ');
}

/** Of the command that failed: its number from 1, and its exit status; null: the output does not say. */
export function failedIn(output: string): { number: number; status: number } | null {
  const all = [...output.matchAll(/^landfall: command (\d{1,3}) ended with exit status (\d{1,3})$/gm)];
  const last = all.at(-1);
  return last === undefined ? null : { number: Number(last[1]), status: Number(last[2]) };
}
