/** The answers that no file gives: from options, or asked on the terminal. */
import { basename } from 'node:path';
import { parseSshAddress } from '../../config/address';
import { CONTROLLER_FORM, type ControllerAddress, parseController } from '../../config/controller-address';
import { isRepositoryAddress } from '../../config/repository';
import * as value from '../../config/values';
import { Project } from '../../deployment/project/project';
import type { Checkout } from '../../init/checkout';
import type { Examined } from '../../init/examine';
import type { Answers } from '../../init/proposal';
import { type KnownRemote, proposedName } from '../../init/remote';
import { CommandError } from '../exit-codes';

export interface AnswerOptions {
  service?: string;
  repository?: string;
  app?: string;
  host?: string[];
  /** `ssh://landfall@ops`. */
  controller?: string;
  envName: string;
}

/** Asks a person; null: no person can answer. */
export type Ask = ((question: string) => Promise<string>) | null;

interface Known {
  checkout: Checkout;
  found: Examined;
  remote: KnownRemote;
  /** Of a landfall.yaml that is there already. */
  controller: ControllerAddress | null;
}

/** @throws CommandError that names every missing option, where no person can answer */
export async function answersOf(
  options: AnswerOptions,
  { checkout, found, remote, controller: known }: Known,
  ask: Ask,
): Promise<Answers> {
  const missing: string[] = [];
  const answerTo = async (question: Question): Promise<string> => {
    if (ask !== null) return untilRight(question, ask);
    missing.push(question.option);
    return '';
  };
  const service = options.service ?? nameOf(checkout) ?? (await answerTo(SERVICE));
  const repository = options.repository ?? remote.repository ?? (await answerTo(REPOSITORY));
  const app = options.app ?? (await appOf(found, ask !== null, answerTo));
  const hosts = options.host ?? hostsIn(await answerTo(HOSTS));
  const controller = await controllerOf(options.controller, known, ask);
  if (missing.length > 0)
    throw new CommandError([
      'The repository does not have these answers, and there is no terminal to ask on:',
      ...missing.map((option) => `  ${option}`),
      'Give these options, and run the command again.',
    ]);
  const { folder } = checkout.files;
  return {
    service,
    repository,
    folder,
    app,
    environment: options.envName,
    hosts,
    readiness: null,
    controller,
  };
}

interface Question {
  text: string;
  option: string;
  isRight: (answer: string) => boolean;
  allowed: string;
}

const SERVICE: Question = {
  text: 'Name of the service, such as shop:',
  option: '--service <name>',
  isRight: (answer) => value.serviceName.written.safeParse(answer).success,
  allowed: 'lower-case letters, digits and -, at most 31',
};
const REPOSITORY: Question = {
  text: 'Address of the Git repository, as the controller reaches it:',
  option: '--repository <address>   such as git@github.com:acme/shop.git',
  isRight: isRepositoryAddress,
  allowed: 'git@host:path, ssh://, https://, or an absolute path on the controller',
};
const HOSTS: Question = {
  text: 'Hosts to deploy to, such as web1.example.com or deploy@10.0.0.5:2222 (blanks between several):',
  option: '--host <name>   such as web1.example.com; may be given again',
  isRight: (answer) => {
    const hosts = hostsIn(answer);
    return hosts.length > 0 && hosts.every((each) => parseSshAddress(each) !== null);
  },
  allowed: '[user@]address[:port], and another user than root',
};

const CONTROLLER: Question = {
  text: 'Controller of your team, such as ssh://landfall@ops.example.com (Enter: none yet):',
  option: '--controller <address>',
  isRight: (answer) => answer === '' || parseController(answer) !== null,
  allowed: CONTROLLER_FORM,
};

function hostsIn(answer: string): string[] {
  return answer.split(/[\s,]+/).filter((each) => each !== '');
}

async function untilRight({ text, isRight, allowed }: Question, ask: NonNullable<Ask>): Promise<string> {
  for (let question = text; ; question = `Not understood; allowed: ${allowed}. ${text}`) {
    const answer = (await ask(question)).trim();
    if (isRight(answer)) return answer;
  }
}

function nameOf({ files, root, remote }: Checkout): string | null {
  const { folder } = files;
  const named = new Project(files).pyproject(folder)?.name ?? null;
  const place = folder === '' ? remote && basename(remote) : basename(folder);
  return proposedName([named, place, basename(root)]);
}

/** A first try needs no controller: without an answer, the CI file says how to make one. */
async function controllerOf(
  option: string | undefined,
  known: ControllerAddress | null,
  ask: Ask,
): Promise<ControllerAddress | null> {
  if (option !== undefined) {
    const address = parseController(option);
    if (address === null) throw new CommandError(`--controller ${option} is not ${CONTROLLER_FORM}.`);
    return address;
  }
  if (known !== null || ask === null) return known;
  const answer = await untilRight(CONTROLLER, ask);
  return answer === '' ? null : parseController(answer);
}

/** null: main:app, or the deploy finds the app. */
async function appOf(
  { apps, factory }: Examined,
  canAsk: boolean,
  answerTo: (question: Question) => Promise<string>,
): Promise<string | null> {
  const [first] = apps;
  if (first !== undefined && (apps.length === 1 || !canAsk)) return first;
  const hint = factory === null ? 'such as main:app' : `the code has ${factory}: complete the argument`;
  const answer = await answerTo({
    text:
      first === undefined
        ? `No app was found. App as module:attribute (${hint}):`
        : `Which app? ${apps.join(', ')} [${first}]:`,
    option: `--app <module:attribute>   ${hint}`,
    isRight: (text) => value.app.written.safeParse(text).success || (text === '' && first !== undefined),
    allowed: 'module:attribute, such as main:app or shop:create_app()',
  });
  return answer === '' ? (first ?? null) : answer;
}
