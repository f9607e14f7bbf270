/** The landfall.yaml of `landfall up`: written by init where there is none, and with the named host. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { type Config, environmentOf, loadConfig, parseConfig } from '../../config';
import { isRepositoryAddress } from '../../config/repository';
import { readCheckout } from '../../init/checkout';
import { output } from '../../output/output';
import { initCommand } from '../commands/init';
import { confirmed } from '../confirmed';
import { CommandError, EXIT } from '../exit-codes';
import { isPlaceholder, isTarget, type UpTarget, writtenHost } from './target';

interface Options {
  env: string;
  config: string;
  yes?: boolean;
}

interface ForRun {
  config: Config;
  /** Whether init has just written the file. */
  isNew: boolean;
}

/**
 * @returns null when a person said no
 * @throws CommandError for a host that the environment does not have; what init throws
 */
export async function configForRun(target: UpTarget | null, options: Options): Promise<ForRun | null> {
  const file = resolve(options.config);
  const isNew = !existsSync(file);
  if (isNew && !(await hasInitialized(file, target, options))) return null;
  const config = loadConfig(file);
  if (target === null) return { config, isNew };
  const { hosts } = environmentOf(config, options.env);
  if (hosts.some((host) => isTarget(host, target))) return { config, isNew };
  if (!hosts.every(isPlaceholder)) {
    const names = hosts.map(({ name }) => name).join(', ');
    throw new CommandError([
      `The environment ${options.env} has no host ${target.address}; it has: ${names}. Nothing was changed.`,
      `Add it to hosts: in ${options.config}, or name one of these.`,
    ]);
  }
  const written = await withHost(file, target, options);
  return written === null ? null : { config: written, isNew };
}

async function hasInitialized(file: string, target: UpTarget | null, options: Options): Promise<boolean> {
  if (basename(file) !== 'landfall.yaml')
    throw new CommandError(
      `There is no file ${options.config}. Name the landfall.yaml of the service in --config.`,
    );
  output.say('There is no landfall.yaml yet, so landfall init comes first.', '');
  const { root, remote } = await readCheckout(dirname(file));
  const isLocal = remote === null && isRepositoryAddress(root);
  if (isLocal)
    output.say(
      `There is no remote, so ${root} is the repository. Before a controller on another machine deploys, correct repository: in landfall.yaml.`,
    );
  const code = await initCommand(dirname(file), {
    envName: options.env,
    yes: options.yes,
    plan: false,
    isPartOfUp: true,
    ...(target !== null && { host: [writtenHost(target)] }),
    ...(isLocal && { repository: root }),
  });
  output.say('');
  return code === EXIT.deployed;
}

/** The file with that host in place of the example's. Comments stay. */
async function withHost(file: string, target: UpTarget, { env, yes }: Options): Promise<Config | null> {
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.setIn(['environments', env, 'hosts'], document.createNode([writtenHost(target)]));
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
  const config = parseConfig(file, text);
  const question = `The environment ${env} has only the host of an example. Write ${writtenHost(target)} into ${basename(file)}?`;
  if (!(await confirmed(question, yes))) return null;
  writeFileSync(file, text);
  output.say(`Wrote ${basename(file)}: ${env} has the host ${writtenHost(target)} now.`);
  return config;
}
