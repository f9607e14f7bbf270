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
  domain?: string;
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
  const withTarget = await configWithHost(file, target, options);
  const config = withTarget === null ? null : await configWithDomain(file, withTarget, options);
  return config === null ? null : { config, isNew };
}

async function configWithHost(
  file: string,
  target: UpTarget | null,
  options: Options,
): Promise<Config | null> {
  const config = loadConfig(file);
  if (target === null) return config;
  const { hosts } = environmentOf(config, options.env);
  if (hosts.some((host) => isTarget(host, target))) return config;
  if (!hosts.every(isPlaceholder)) {
    const names = hosts.map(({ name }) => name).join(', ');
    throw new CommandError([
      `The environment ${options.env} has no host ${target.address}; it has: ${names}. Nothing was changed.`,
      `Add it to hosts: in ${options.config}, or name one of these.`,
    ]);
  }
  const host = writtenHost(target);
  const change = { key: 'hosts', value: [host], words: `${options.env} has the host ${host}` };
  return changed(file, change, `The environment ${options.env} has only the host of an example.`, options);
}

/** @throws CommandError where landfall.yaml has another domain */
async function configWithDomain(file: string, config: Config, options: Options): Promise<Config | null> {
  const { env, domain } = options;
  if (domain === undefined) return config;
  const known = environmentOf(config, env).hosts.flatMap((host) => host.domain?.names ?? []);
  if (known.includes(domain)) return config;
  if (known.length > 0)
    throw new CommandError([
      `The environment ${env} has the domain ${[...new Set(known)].join(', ')}, not ${domain}. Nothing was changed.`,
      `Correct domain: in ${options.config}, or leave out --domain.`,
    ]);
  const change = { key: 'domain', value: domain, words: `${env} has the domain ${domain}` };
  return changed(file, change, `The environment ${env} has no domain.`, options);
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

/** The file with one key of the environment changed. Comments stay. @returns null when a person said no */
async function changed(
  file: string,
  { key, value, words }: { key: string; value: string | string[]; words: string },
  why: string,
  { env, yes }: Options,
): Promise<Config | null> {
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.setIn(['environments', env, key], document.createNode(value));
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
  const config = parseConfig(file, text);
  const shown = Array.isArray(value) ? value.join(', ') : value;
  if (!(await confirmed(`${why} Write ${shown} into ${basename(file)}?`, yes))) return null;
  writeFileSync(file, text);
  output.say(`Wrote ${basename(file)}: ${words} now.`);
  return config;
}
