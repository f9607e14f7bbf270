/**
 * The options of a Celery command where the project is silent, so that a release runs next to another one. Pure.
 *
 * - A worker gets a node name of its own. Workers of one name answer for each other: `inspect ping` would ask the old
 *   one about the new one.
 * - `beat` keeps its schedule in the home of the service. Its own default is the working directory, and a release is
 *   read-only.
 */
import type { Process, Processes } from '../config/processes';
import { isOneProgram } from './process-command';

type Command = Process['command'];

/** Options of `celery` itself that are followed by a value. */
const WITH_VALUE = ['-A', '--app', '-b', '--broker', '--result-backend', '--loader', '--config', '--workdir'];
/** A destination that is this host, with or without Celery's usual name for its node. */
const THIS_HOST =
  /(?<=\s)(-d\s*|--destination[\s=]\s*)(["']?)(?:celery@)?\$(?:HOSTNAME\b|\{HOSTNAME\})\2(?=\s|$)/;

export interface CeleryProject {
  /** Tells the services of one user apart. */
  unit: string;
  /** Whether the code names the file of beat's schedule. */
  namesBeatFile: boolean;
}

/** Safe to take twice. A list of words is run by a shell then, which expands the release's name. */
export function withCelery(processes: Processes, project: CeleryProject): Processes {
  return Object.fromEntries(
    Object.entries(processes).map(([name, process]) => [name, completed(name, process, project)]),
  );
}

function completed(name: string, process: Process, project: CeleryProject): Process {
  const { command, ready } = process;
  const subcommand = subcommandOf(command);
  if (subcommand === 'beat') return { ...process, command: withBeatFile(name, command, project) };
  const isNamed = isNamedHere(process);
  return {
    ...process,
    // Celery expands %h itself.
    command: isNamed ? plus(command, `--hostname=${nodeOf(name)}@%h`) : command,
    ready: ready && { ...ready, command: asking(isNamed ? nodeOf(name) : 'celery', ready.command) },
  };
}

/** As the shell of each release expands it. */
function nodeOf(process: string): string {
  return `${process}-$LANDFALL_RELEASE`;
}

/** Whether this is a Celery worker that neither the project names nor its `ready` command asks by another name. */
function isNamedHere({ command, ready, env }: Process): boolean {
  if (subcommandOf(command) !== 'worker' || !isOneProgram(command)) return false;
  if ('CELERY_WORKER_HOSTNAME' in env || gives(command, '-n', '--hostname')) return false;
  return ready === null || !gives(ready.command, '-d', '--destination') || asksThisHost(ready.command);
}

/** A warning for people about each Celery worker with the same node name in every release. */
export function sharedNodes(processes: Processes): string[] {
  return Object.entries(processes)
    .filter(([, process]) => {
      const { command, env } = process;
      if (subcommandOf(command) !== 'worker' || isNamedHere(process)) return false;
      return !/LANDFALL_RELEASE/.test([command, env.CELERY_WORKER_HOSTNAME].flat().join(' '));
    })
    .map(
      ([name]) =>
        `the Celery worker ${name} has one node name in all releases, so the old one may answer for the new one: write -n ${nodeOf(name)}@%h in its command`,
    );
}

function asksThisHost(command: Command): boolean {
  return typeof command === 'string' && THIS_HOST.test(command);
}

/** The question to this host becomes the question to the node of this release. */
function asking(node: string, command: Command): Command {
  if (typeof command !== 'string' || subcommandOf(command) === null) return command;
  return command.replace(THIS_HOST, (_, option: string) => `${option}${node}@$HOSTNAME`);
}

function withBeatFile(name: string, command: Command, { unit, namesBeatFile }: CeleryProject): Command {
  if (namesBeatFile || gives(command, '-s', '--schedule') || !isOneProgram(command)) return command;
  const file = `$HOME/.celerybeat-${unit.replace(/\.service$/, '')}-${name}`;
  return plus(command, `--schedule="\${CELERY_BEAT_SCHEDULE:-${file}}"`);
}

/** `worker` of `celery -A shop worker` and of `python -m celery -A shop worker`; null: it is not Celery's. */
function subcommandOf(command: Command): string | null {
  const words = wordsIn(command);
  let at = words.findIndex((word) => /^(?:.*\/)?celery$/.test(word)) + 1;
  if (at === 0) return null;
  while (words[at]?.startsWith('-')) at += WITH_VALUE.includes(words[at] ?? '') ? 2 : 1;
  return words[at] ?? null;
}

function gives(command: Command, short: string, long: string): boolean {
  return wordsIn(command).some(
    (word) =>
      word === long || word.startsWith(`${long}=`) || (word.startsWith(short) && !word.startsWith('--')),
  );
}

function wordsIn(command: Command): string[] {
  return [command].flat().join(' ').trim().split(/\s+/);
}

function plus(command: Command, option: string): Command {
  return typeof command === 'string'
    ? `${command} ${option}`
    : ['/bin/sh', '-c', `exec "$@" ${option}`, 'sh', ...command];
}
