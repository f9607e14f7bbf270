/** Scripts for root on the machine of a controller: POSIX sh, because nothing else is there yet. Pure. */

/** Lines of a script's output that are meant for Landfall: a login shell may print others. */
const PREFIX = 'landfall:';

/** Begins every script. `say NAME VALUE` tells Landfall something. */
export const PRELUDE = `set -eu
umask 022
LC_ALL=C
export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
say() { printf '${PREFIX}%s=%s\\n' "$1" "$2"; }
say root "$(id -u)"
`;

/**
 * The command that reads so many bytes of a script from standard input and runs it as root. The script gets the rest
 * of standard input. One line without single quotes, for any login shell.
 */
export function rootCommand(bytes: number): string {
  const inner = `if [ "$(id -u)" = 0 ]; then s=; else s="sudo -n"; fi; exec $s /bin/sh -c "eval \\"\\$(head -c ${bytes})\\""`;
  return `/bin/sh -c '${inner}'`;
}

/** The facts that a script said, in its order. Values are texts of the machine. */
export function saidIn(output: string): { name: string; value: string }[] {
  return output.split('\n').flatMap((line) => {
    const [all, name, value] = /^landfall:([a-z-]+)=(.*)$/.exec(line) ?? [];
    return all === undefined || name === undefined ? [] : [{ name, value: value ?? '' }];
  });
}
