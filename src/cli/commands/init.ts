import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config';
import type { ControllerAddress } from '../../config/controller-address';
import { controllerIn } from '../../config/load-config';
import { joined } from '../../deployment/project/commit-files';
import { Project } from '../../deployment/project/project';
import { servedBy } from '../../deployment/project/served';
import { type Accepted, acceptedDraft } from '../../init/accepted-draft';
import { type Checkout, readCheckout } from '../../init/checkout';
import { type Examined, examine } from '../../init/examine';
import { foundLines } from '../../init/found-lines';
import { type Answers, proposedDraft } from '../../init/proposal';
import { type KnownRemote, knownRemote } from '../../init/remote';
import { ciFile } from '../../init/write/ci-file';
import { READINESS_PATH, readinessCode } from '../../init/write/readiness-code';
import { output } from '../../output/output';
import { CommandError, EXIT } from '../exit-codes';
import { type AnswerOptions, type Ask, answersOf } from '../init/answers';
import { nextSteps, noteLines } from '../init/next-steps';
import { planWhereAnswered } from '../init/plan';
import { beforeOf, differenceOf, type NewFile, writeFile } from '../init/write-files';

export interface InitOptions extends AnswerOptions {
  ci?: 'github' | 'gitlab' | 'none';
  /** Add a readiness route to the app's code. */
  readiness?: boolean;
  plan: boolean;
  force?: boolean;
  print?: boolean;
  yes?: boolean;
  /** `landfall up` follows: the steps of a person are left out. */
  isPartOfUp?: boolean;
}

/**
 * `landfall init`: describes the service of this checkout in a landfall.yaml. Runs nothing of the project, and asks
 * before it replaces a file or changes the app's code. @returns the exit code
 */
export async function initCommand(folder: string, options: InitOptions): Promise<number> {
  const checkout = await readCheckout(folder);
  const found = examine(checkout.files);
  refuseManyServices(found);
  const remote = knownRemote(checkout.remote, signsOf(checkout));
  const ask = askOf(options);
  if (!options.print) output.say('Found in this checkout:', ...foundLines(found, checkout));
  if (remote.note !== null && !options.print) output.say(`  ! ${remote.note}`);
  const path = joined(checkout.files.folder, 'landfall.yaml');
  const controller = knownController(join(checkout.root, path));
  const answers = await answersOf(options, { checkout, found, remote, controller }, ask);
  const code = await readinessToAdd(found, answers, checkout, options, ask);
  if (code !== null) answers.readiness = READINESS_PATH;
  const accepted = acceptedDraft(path, proposedDraft(found, answers));
  if (options.print) {
    output.say(...accepted.text.trimEnd().split('\n'));
    return EXIT.deployed;
  }
  const files = [{ path, text: accepted.text }, ...ciFiles(answers, checkout, remote, options, path)];
  if (!(await write(checkout.root, files, options, ask))) return EXIT.usage;
  if (code !== null) writeFile(checkout.root, code);
  const written = [...files, ...(code === null ? [] : [code])].map((file) => file.path);
  const notes = toKnow(found, checkout, accepted, answers);
  output.say(
    ...(options.isPartOfUp ? noteLines(notes) : nextSteps({ answers, found, files: written, ...notes })),
  );
  if (options.plan) await planWhereAnswered(answers, join(checkout.root, path));
  return EXIT.deployed;
}

/** `controller:` of the file that would be replaced; null: it has none, or cannot be read. */
function knownController(file: string): ControllerAddress | null {
  try {
    return controllerIn(file);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** A repository of several services has no landfall.yaml at its root. */
function refuseManyServices({ below }: Examined): void {
  if (below.length === 0) return;
  throw new CommandError([
    'This folder has no Python service, and these folders may have one:',
    ...below.map((each) => `  ${each}`),
    `Run the command for the folder of the service: landfall init ${below[0]}`,
  ]);
}

function askOf({ yes, print }: InitOptions): Ask {
  if (yes || print) return null;
  if (!process.stdin.isTTY)
    throw new CommandError(
      'There is no terminal to ask on: use --yes to write without questions, or --print.',
    );
  return (question) => output.ask(question);
}

function signsOf({ files }: Checkout): { github: boolean; gitlab: boolean } {
  const project = new Project(files);
  return { github: project.hasAny('.github'), gitlab: project.has('.gitlab-ci.yml') };
}

/** The change of the app's code that adds a readiness route; null: none is needed, possible or wanted. */
async function readinessToAdd(
  found: Examined,
  answers: Answers,
  { files, root }: Checkout,
  options: InitOptions,
  ask: Ask,
): Promise<NewFile | null> {
  if (found.routes.length > 0 || options.print) return null;
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const code = readinessCode(found, answers.app ?? found.apps[0] ?? 'main:app', files.folder, read);
  if (code === null) {
    if (options.readiness)
      throw new CommandError(
        'The place for a readiness route was not found in the code. Add the route /health/ready by hand, and leave out --readiness.',
      );
    return null;
  }
  const change = { path: code.path, text: code.after };
  output.say(
    '',
    `The app has no readiness route. A short one for ${code.path}:`,
    ...differenceOf(root, change),
  );
  if (options.readiness) return change;
  if (ask === null) {
    output.say('Not added: --readiness adds it.');
    return null;
  }
  return isYes(await ask('Add it to the code? [y/N]'), false) ? change : null;
}

function ciFiles(
  { service, environment, controller }: Answers,
  { branch, root }: Checkout,
  { ci }: KnownRemote,
  { ci: wanted, force }: InitOptions,
  config: string,
): NewFile[] {
  const kind = wanted ?? ci;
  if (kind === null || kind === 'none') return [];
  const file = ciFile(kind, {
    service,
    environment,
    branch: branch ?? 'main',
    config,
    controller,
  });
  // A pipeline does more than a deploy: its file is never replaced unasked.
  if (beforeOf(root, file) !== 'another' || force) return [file];
  output.say(`${file.path} is there already and stays as it is. landfall init --force would replace it.`);
  return [];
}

/** @returns false when nothing was written */
async function write(
  root: string,
  files: NewFile[],
  { force, yes }: InitOptions,
  ask: Ask,
): Promise<boolean> {
  const states = files.map((file) => ({ file, before: beforeOf(root, file) }));
  const open = states.filter(({ before }) => before !== 'the same').map(({ file }) => file);
  for (const { file, before } of states) {
    if (before === 'the same') output.say(`${file.path} is right already`);
    else output.say('', ...differenceOf(root, file));
  }
  const replaced = states.filter(({ before }) => before === 'another').map(({ file }) => file.path);
  if (replaced.length > 0 && !force && ask === null)
    throw new CommandError([
      `${replaced.join(' and ')} would be replaced; nothing was written.`,
      'Read the difference above. landfall init --force writes the file.',
    ]);
  if (open.length > 0 && ask !== null && !yes) {
    const replaces = replaced.length > 0 && !force;
    const names = open.map(({ path }) => path).join(' and ');
    const question = replaces ? `Replace ${replaced.join(' and ')}? [y/N]` : `Write ${names}? [Y/n]`;
    if (!isYes(await ask(question), !replaces)) {
      output.say('Nothing was written.');
      return false;
    }
  }
  for (const file of open) writeFile(root, file);
  return true;
}

function isYes(answer: string, standard: boolean): boolean {
  const word = answer.trim();
  return word === '' ? standard : /^y(es)?$/i.test(word);
}

/** The sentences for a person before the first deploy. */
function toKnow(
  { facts, packages }: Examined,
  { files }: Checkout,
  { config, leftOut }: Accepted,
  { environment }: Answers,
): { notices: string[]; warnings: string[] } {
  const settings = config.environments.get(environment)?.settings;
  const served = settings === undefined ? null : servedBy(files, facts, settings);
  const noServer =
    'No server is among the dependencies. Add gunicorn, and uvicorn-worker for an ASGI app, or uvicorn, hypercorn or granian.';
  return {
    notices: served === null ? [] : [served],
    warnings: [
      ...facts.refusals.map(
        ({ message, advice }) => `A deploy of this commit would be refused: ${message} ${advice}`,
      ),
      ...(served === null && packages.size > 0 ? [noServer] : []),
      ...leftOut.map((each) => `left out, because landfall.yaml does not take it: ${each}`),
    ],
  };
}
