import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, environmentOf, loadConfig } from '../../config';
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import type { Setup } from '../../contract/contract-types';
import { bindArgument } from '../../deployment/gunicorn';
import { toolsInWords } from '../../deployment/plan/release-settings';
import { policyOf } from '../../deployment/policy';
import { askedPython } from '../../deployment/project/interpreter-choice';
import { installHelper } from '../../host-agent/client';
import { helperSource } from '../../host-agent/helper-source';
import { output } from '../../output/output';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { CommandError } from '../exit-codes';

export interface SetupOptions {
  env: string;
  config: string;
  /** The user that logs in: root, or another administrator with full sudo. */
  as: string;
  authorizedKey?: string;
  /** Let the service listen where landfall.yaml says for this host, and nowhere else. */
  pinAddresses?: boolean;
  yes?: boolean;
}

/**
 * `landfall setup`: prints what root has to do once on a host, then does it. Safe to repeat.
 * @returns the exit code
 */
export async function setupCommand(hostName: string, options: SetupOptions): Promise<number> {
  const config = loadConfig(resolve(options.config));
  const host = findHost(config, options.env, hostName);
  const { settings } = environmentOf(config, options.env);
  const { keyFiles, knownHosts } = workerOptionsFrom(process.env);
  const connections = new HostConnections({ keyFiles, knownHosts });
  const deployUser = await connections.userOf(host);
  const allowed = policyOf({ service: config.service, settings }, deployUser);
  const policy = options.pinAddresses ? { ...allowed, addresses: [bindArgument(host.bind)] } : allowed;
  const administrator = { ...host, user: options.as };
  const source = helperSource();
  const authorizedKey = options.authorizedKey === undefined ? null : publicKeyIn(options.authorizedKey);
  const now = Math.floor(Date.now() / 1000);
  const request = { policy, authorizedKey, python: askedPython(settings), address: host.bind, now };
  const say = (line: string) => output.say(line);
  try {
    const plan = await installHelper(connections, administrator, { ...request, apply: false }, source);
    const open = plan.actions.filter((action) => !action.done);
    say(`On ${host.name}, as ${options.as}:`);
    for (const action of plan.actions) say(`  ${action.done ? '✓' : '+'} ${action.what}`);
    for (const warning of plan.warnings) say(`  ! ${warning}`);
    for (const line of toolLines(host, settings, plan)) say(line);
    if (open.length === 0) {
      say('Everything is in place already; nothing to do.');
      return 0;
    }
    if (!options.yes && !(await confirmed(`Do these ${open.length} things now? [y/N]`))) {
      say('Nothing was changed.');
      return 1;
    }
    const done = await installHelper(connections, administrator, { ...request, apply: true }, source);
    if (plan.tools === undefined) for (const line of toolLines(host, settings, done)) say(line);
    say(`Done: ${deployUser}@${host.name} can deploy ${config.service} now.`);
    return 0;
  } finally {
    connections.close();
  }
}

function toolLines(host: HostTarget, settings: ServiceSettings, { tools }: Setup['result']): string[] {
  if (tools === undefined) return [];
  const { words, missing } = toolsInWords(host.name, settings, { ...tools, uv: tools.uv ?? null });
  return [missing === null ? `  ✓ ${words}` : `  ! ${missing}`];
}

/** Never anything else: this is sent to the host. */
function publicKeyIn(file: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch {
    throw new CommandError(`The file ${file} of --authorized-key cannot be read.`);
  }
  if (/^(ssh|ecdsa|sk)-\S+ \S+[^\n]*$/.test(content)) return content;
  throw new CommandError(`${file} is not a public SSH key on one line; name the .pub file.`);
}

function findHost(config: Config, environment: string, name: string): HostTarget {
  const { hosts } = environmentOf(config, environment);
  const host = hosts.find((candidate) => candidate.name === name || candidate.address === name);
  if (host !== undefined) return host;
  const names = hosts.map((candidate) => candidate.name).join(', ');
  throw new CommandError(`The environment ${environment} has no host ${name}; it has: ${names}.`);
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CommandError('There is no terminal to ask on: use --yes to act without a question.');
  }
  return /^y(es)?$/i.test((await output.ask(question)).trim());
}
