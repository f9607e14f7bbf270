/** The commands with which a project is started today: Procfile, Dockerfile, a unit that is committed. Pure. */
import { problemOfOption } from '../../config/server-checks';
import { joined, shownPath } from '../../deployment/project/commit-files';
import type { Project } from '../../deployment/project/project';
import { type ServerKeys, serverKeys } from '../../deployment/start-command/keys';
import { type ServerCommand, serverIn } from '../../deployment/start-command/server';
import { lastOf, wordsOf } from '../../deployment/start-command/words';

/** A command of a project, in words. */
export interface KnownCommand {
  /** `web`, `worker`, `release` of a Procfile; else `web`. */
  name: string;
  /** As a release runs it; empty: a shell has to. */
  words: string[];
  /** As written. */
  text: string;
  /** For people: `Procfile`. */
  from: string;
}

/** A server's command line, as far as landfall.yaml has keys for it. */
export interface StartCommand extends ServerKeys, Pick<ServerCommand, 'server' | 'app'> {
  from: string;
}

const MOST_CHARACTERS = 2_000;

/** Files besides the Procfile, the likeliest first. */
const UNIT = /^(?:[\w.-]+\/){0,2}[\w@.-]+\.service$/;

export function knownCommands(project: Project): KnownCommand[] {
  const { folder } = project;
  const procfile = linesOf(project, 'Procfile').flatMap((line) => {
    const [, name = '', text = ''] = /^([A-Za-z0-9_-]{1,40}):\s*(\S.*)$/.exec(line) ?? [];
    return name === '' ? [] : [command(name, text, 'Procfile')];
  });
  const docker = linesOf(project, 'Dockerfile').flatMap((line) => {
    const text = /^\s*CMD\s+(\S.*)$/i.exec(line)?.[1];
    return text === undefined ? [] : [command('web', fromJson(text), 'Dockerfile')];
  });
  const units = project.entries
    .map(({ path }) => path)
    .filter(
      (path) =>
        (folder === '' || path.startsWith(`${folder}/`)) &&
        UNIT.test(path.slice(folder === '' ? 0 : folder.length + 1)),
    )
    .slice(0, 10)
    .flatMap((path) => {
      const text = /^\s*ExecStart\s*=\s*[-@:+!]*(\S.*)$/m.exec(project.text(path) ?? '')?.[1];
      return text === undefined ? [] : [command('web', text, shownPath(path))];
    });
  return [...procfile, ...units, ...docker.slice(-1)].filter(
    ({ name, words }) => name === 'web' || words.length > 0,
  );
}

function linesOf(project: Project, name: string): string[] {
  const text = project.text(joined(project.folder, name)) ?? '';
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .filter((line) => line.length <= MOST_CHARACTERS);
}

function command(name: string, text: string, from: string): KnownCommand {
  return { name, text: text.trim(), words: wordsOf(text), from };
}

/** `["gunicorn", "main:app"]` of a Dockerfile as a text. */
function fromJson(text: string): string {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words)
      ? words.map((word) => (/[\s"']/.test(String(word)) ? `'${word}'` : word)).join(' ')
      : text;
  } catch {
    return text;
  }
}

/** null: the command starts no server that Landfall knows. */
export function startCommand({ text, from }: Pick<KnownCommand, 'text' | 'from'>): StartCommand | null {
  const command = serverIn(lastOf(text));
  if (command === null) return null;
  const { server, app, preload } = command;
  const { keys, options, dropped } = serverKeys(command, null);
  const preloads = preload ? [`--preload ${problemOfOption(server, '--preload')}`] : [];
  return { from, server, app, keys, options, dropped: [...preloads, ...dropped] };
}
