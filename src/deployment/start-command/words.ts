/** The words of a command that starts a service today: of a unit, a Procfile, a Dockerfile. Read, never run. Pure. */
import { posix } from 'node:path';

interface Simple {
  words: string[];
  /** Whether words alone do the same: no redirection, pipe or substitution. */
  isPlain: boolean;
}

/** Programs that `python -m` starts, and that an environment has as scripts too. */
const MODULES = /^(?:gunicorn|uvicorn|hypercorn|granian|celery|rq|arq|dramatiq)$/;

/**
 * The words of a command as a release runs it: without `exec`, variables in front, `poetry run`, `sh -c`, the folder
 * of the program. Empty for a command that needs a shell, or for several commands.
 */
export function wordsOf(text: string): string[] {
  const [only, ...more] = commandsIn(text).filter(({ words }) => !preparesPlace(words));
  return only === undefined || more.length > 0 || !only.isPlain ? [] : inRelease(only.words);
}

/** In front of a command, and without an effect on a release: it starts in its folder and its environment. */
function preparesPlace([program = '', first = '']: string[]): boolean {
  return /^(?:source|\.|set)$/.test(program) || (program === 'cd' && first.startsWith('/'));
}

/** The same for a command that is in words already. */
export function inRelease(given: string[]): string[] {
  const words = [...given];
  for (;;) {
    const [first = '', second = '', third = ''] = words;
    const base = posix.basename(first);
    if (/^[A-Za-z_]\w*=/.test(first) || /^(?:exec|env|nohup)$/.test(base)) words.shift();
    else if (isRunner(base) && second === 'run') words.splice(0, 2);
    else if (/^python[\d.]*$/.test(base) && second === '-m' && MODULES.test(third)) words.splice(0, 2);
    else if (isShell(base) && /^-\w*c$/.test(second)) return wordsOf(third);
    else if (first.includes('/bin/') && base !== '') words[0] = base;
    else return words;
  }
}

/** Of `sh -c "cd /srv/shop && exec gunicorn …"` the words of the last command; else the words themselves. */
export function lastCommand(words: string[]): string[] {
  const at = words.findIndex((word) => /^-\w*c$/.test(word));
  const script = words[at + 1];
  if (at < 1 || !isShell(posix.basename(words[at - 1] ?? '')) || script === undefined) return words;
  return commandsIn(script).at(-1)?.words ?? [];
}

/** The words of the last command of a script. */
export function lastOf(text: string): string[] {
  return lastCommand(commandsIn(text).at(-1)?.words ?? []);
}

function isShell(name: string): boolean {
  return /^(?:ba|da|z)?sh$/.test(name);
}

function isRunner(name: string): boolean {
  return /^(?:poetry|uv|pipenv|pdm|hatch|rye)$/.test(name);
}

/** The end of a command, a part that only a shell runs, or a word of quoted and plain parts. */
const TOKEN =
  /(&&|\|\||;|\n)|(\d*[<>]+&?[ \t]*[^\s;&|<>]*|[|&])|((?:'[^']*'|"(?:[^"\\]|\\.)*"|(?:[^\s'"\\;&|<>]|\\.)+)+)/gs;
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"\\]|\\.)+)/gs;

/** The simple commands of a script, as a shell would split it. */
function commandsIn(script: string): Simple[] {
  const commands: Simple[] = [{ words: [], isPlain: true }];
  for (const [, separator, other, word] of script.trim().matchAll(TOKEN)) {
    const last = commands.at(-1);
    if (separator !== undefined) commands.push({ words: [], isPlain: true });
    else if (last === undefined) continue;
    else if (other !== undefined) last.isPlain = false;
    else if (word !== undefined) {
      const parts = [...word.matchAll(PART)];
      // A shell replaces nothing within single quotes.
      if (parts.some(([, , double, plain]) => /`|\$\(/.test(double ?? plain ?? ''))) last.isPlain = false;
      last.words.push(
        parts
          .map(([, single, double, plain]) => single ?? (double ?? plain ?? '').replace(/\\(.)/gs, '$1'))
          .join(''),
      );
    }
  }
  return commands.filter(({ words }) => words.length > 0);
}
