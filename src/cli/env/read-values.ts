/** Where values come from: standard input, or an editor. Never the command line, which other users of a machine see. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../exit-codes';
import { parseVariables, problemOfName } from './parse-variables';

/** The values to set, and sentences about them. */
export interface Given {
  values: Map<string, string>;
  notices: string[];
}

/** Far more than a host takes: standard input that never ends is not read for ever. */
const MOST_BYTES = 4 << 20;

/**
 * Refuses names that no variable can have, and values on the command line.
 * @throws CommandError that shows no value
 */
export function checkNames(names: string[], how: { service: string; env: string; command: string }): void {
  for (const name of names) {
    if (name.includes('=')) {
      const known = name.slice(0, name.indexOf('='));
      const variable = problemOfName(known) === null ? known : 'NAME';
      throw new CommandError([
        'A value on the command line is seen by other users of this machine, and your shell keeps it. Nothing was set.',
        `Give the value on standard input: landfall env ${how.command} ${how.service} --env ${how.env} ${variable} < file. Or without < file, in your editor.`,
        'If the value is a secret, change it: it stands in the history of your shell.',
      ]);
    }
    const problem = problemOfName(name);
    if (problem !== null)
      throw new CommandError(`The name ${JSON.stringify(name.slice(0, 60))}: ${problem}.`);
  }
}

/** @param names one name: standard input is its value; else lines of NAME=value, and only these names of them */
export async function readValues(names: string[], title: string, known: string[]): Promise<Given> {
  if (process.stdin.isTTY) return fromLines(edited(form(names, title, known)), names, true);
  const text = decoded(await standardInput());
  const [only, ...more] = names;
  if (only === undefined || more.length > 0) return fromLines(text, names, false);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new CommandError(`Standard input is empty, so ${only} was not set.`);
  if (value.includes('\0')) throw new CommandError(`The value of ${only} has a NUL character.`);
  return { values: new Map([[only, value]]), notices: [] };
}

/** The values of a text with lines of NAME=value. @param mayBeEmpty `NAME=` stays as it is, as in a form */
export function fromLines(text: string, names: string[], mayBeEmpty: boolean): Given {
  const { values, empty, problems, notices } = parseVariables(text);
  if (problems.length > 0)
    throw new CommandError(['Nothing was set.', ...problems.slice(0, 20).map(asSentence)]);
  if (!mayBeEmpty) for (const name of empty) values.set(name, '');
  const wanted = names.length === 0 ? values : new Map([...values].filter(([name]) => names.includes(name)));
  const missing = mayBeEmpty ? [] : names.filter((name) => !wanted.has(name));
  if (missing.length > 0)
    throw new CommandError(`Nothing was set: there is no line for ${missing.join(', ')}.`);
  if (wanted.size === 0) throw new CommandError('There is no NAME=value, so nothing was set.');
  return { values: wanted, notices };
}

function asSentence(problem: string): string {
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}

/** Names of variables, for a person to fill in. */
function form(names: string[], title: string, known: string[]): string {
  const shown = known.length === 0 ? [] : [`# Set already, values are never shown: ${known.join(', ')}`];
  return [
    `# ${title}`,
    '# One NAME=value a line. Quotes go around a value of several lines. NAME= stays as it is; NAME="" is empty.',
    ...shown,
    ...names.map((name) => `${name}=`),
    '',
  ].join('\n');
}

/** The text after a person has edited it. The file is this user's alone, and is removed. */
function edited(text: string): string {
  const { VISUAL, EDITOR, XDG_RUNTIME_DIR } = process.env;
  const editor = VISUAL || EDITOR || 'vi';
  // A place in memory, where there is one.
  const folder = mkdtempSync(join(XDG_RUNTIME_DIR || tmpdir(), 'landfall-env-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const end = () => {
    remove();
    process.exit(1);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    const file = join(folder, 'environment');
    writeFileSync(file, text, { mode: 0o600 });
    // As Git does it: EDITOR may have arguments.
    const ran = spawnSync('/bin/sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
    if (ran.status !== 0) throw new CommandError(`${editor} ended without success, so nothing was set.`);
    return decoded(readFileSync(file));
  } finally {
    remove();
    for (const signal of signals) process.off(signal, end);
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError('The values are not UTF-8 text, so nothing was set.');
  }
}

async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) throw new CommandError('Standard input is longer than an environment can be.');
  }
  return Buffer.concat(chunks);
}
