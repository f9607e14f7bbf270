import { randomBytes } from 'node:crypto';
import { output } from '../../output/output';
import { changeEnvironment, differing, type EnvChange } from '../env/change-environment';
import {
  alsoInFile,
  changedInWords,
  contentsOf,
  groupedLines,
  hostDifferences,
  listLines,
  versionDifferences,
} from '../env/environment-lines';
import { checkNames, readValues } from '../env/read-values';
import { type EnvOptions, ServiceHosts, sorted } from '../env/service-hosts';
import { CommandError, EXIT } from '../exit-codes';
import { requesterOf } from '../invocation-context';

/** `landfall env list`: names, versions and times on each host, never a value. @returns the exit code */
export function envListCommand(service: string, options: EnvOptions): Promise<number> {
  return ServiceHosts.with(service, options, async (hosts) => {
    const { answers, failures } = sorted(await hosts.askAll('env-list', { nonce: nonce(), versions: [] }));
    output.say(...groupedLines(answers.map(({ host, answer }) => ({ host, lines: listLines(answer) }))));
    const differ = hostDifferences(answers.map(({ host, answer }) => ({ host, contents: newest(answer) })));
    output.say(...differ.map((line) => `! ${line}`));
    return endOf(failures, false);
  });
}

/** `landfall env set`: values by standard input or an editor, on every host. @returns the exit code */
export function envSetCommand(service: string, names: string[], options: EnvOptions): Promise<number> {
  checkNames(names, { service, env: options.env, command: 'set' });
  return ServiceHosts.with(service, options, async (hosts) => {
    const title = `Variables of ${service} in ${options.env}, for landfall env set`;
    const { values, notices } = await readValues(names, title, await known(hosts));
    output.say(...notices.map((notice) => `  ! ${notice}`));
    for (const name of values.keys())
      if (Object.hasOwn(hosts.settings.env, name))
        output.say(`  ! env: in landfall.yaml has ${name} too; the value of landfall env counts`);
    return change(hosts, options, { set: Object.fromEntries(values), unset: [], by: requester() });
  });
}

/** `landfall env unset`: removes variables, on every host. @returns the exit code */
export function envUnsetCommand(service: string, names: string[], options: EnvOptions): Promise<number> {
  checkNames(names, { service, env: options.env, command: 'set' });
  return ServiceHosts.with(service, options, (hosts) =>
    change(hosts, options, { set: {}, unset: names, by: requester() }),
  );
}

/** `landfall env diff`: between hosts, or between versions of each host. @returns 0: no difference; 1: differences */
export function envDiffCommand(
  service: string,
  options: EnvOptions & { from?: number; to?: number },
): Promise<number> {
  return ServiceHosts.with(service, options, async (hosts) => {
    const { from, to } = options;
    if (from === undefined && to !== undefined) throw new CommandError('Give --from with --to.');
    const versions = [from, to].filter((each) => each !== undefined);
    const all = await hosts.askAll('env-list', { nonce: nonce(), versions: [] });
    const { answers, failures } = sorted(all);
    const lines =
      versions.length === 0
        ? hostDifferences(answers.map(({ host, answer }) => ({ host, contents: newest(answer) })))
        : [];
    for (const { host, answer } of answers) {
      const target = hosts.hosts.find(({ name }) => name === host);
      const [first = answer.live?.version ?? answer.newest, second = answer.newest] = versions;
      if (target === undefined || (first === second && versions.length === 0)) continue;
      const asked = await hosts.ask(target, 'env-list', { nonce: nonce(), versions: [first, second] });
      if ('failed' in asked) failures.push({ host, failed: asked.failed });
      else lines.push(...betweenVersions(host, asked.answer, first, second));
    }
    output.say(...lines);
    if (lines.length === 0 && failures.length === 0) output.say('There is no difference.');
    return endOf(failures, lines.length > 0);
  });
}

function betweenVersions(
  host: string,
  listed: Parameters<typeof contentsOf>[0],
  from: number,
  to: number,
): string[] {
  const [was, is] = [contentsOf(listed, from), contentsOf(listed, to)];
  const missing = was === null ? from : is === null ? to : null;
  if (was === null || is === null) return [`${host}: environment ${missing} is not there any more`];
  const words = versionDifferences(was, is);
  return words.length === 0 ? [] : [`${host}, from environment ${from} to ${to}: ${words.join(', ')}`];
}

/** Makes a change on every host and tells what has happened, host by host. */
async function change(hosts: ServiceHosts, options: EnvOptions, wanted: EnvChange): Promise<number> {
  const { checked, done } = await changeEnvironment(hosts, wanted);
  const { failures } = sorted(checked ?? done);
  if (checked !== null) {
    output.complain(...failures.map(({ host, failed }) => `  ✗ ${host}: ${failed}`));
    const rest = hosts.hosts.filter(({ name }) => failures.every(({ host }) => host !== name));
    const others = rest.map(({ name }) => ` --host ${name}`).join('');
    throw new CommandError([
      'Nothing was changed on any host.',
      ...(rest.length === 0 ? [] : [`To leave out what cannot be reached, add:${others}`]),
    ]);
  }
  const { answers } = sorted(done);
  output.say(
    ...groupedLines(answers.map(({ host, answer }) => ({ host, lines: [changedInWords(answer)] }))).map(
      (line) => `  ✓ ${line}`,
    ),
  );
  const names = Object.keys(wanted.set);
  const files = new Set(
    answers.flatMap(({ answer }) =>
      answer.files.filter(({ name }) => names.includes(name)).map(({ name, file }) => alsoInFile(name, file)),
    ),
  );
  output.say(...[...files].map((line) => `  ! ${line}`));
  if (failures.length > 0) {
    output.complain(...failures.map(({ host, failed }) => `  ✗ ${host}: ${failed}`));
    output.complain('Run the same command again: hosts that have the change already stay as they are.');
    return EXIT.usage;
  }
  if (names.length > 0 && hosts.hosts.length > 1 && !(await isSameEverywhere(hosts, names)))
    return EXIT.usage;
  if (answers.some(({ answer }) => answer.number !== answer.before))
    output.say(`To apply it: landfall restart ${hosts.service} --env ${options.env}`);
  return EXIT.deployed;
}

/** Two changes of one variable at the same time may reach the hosts in another order. */
async function isSameEverywhere(hosts: ServiceHosts, names: string[]): Promise<boolean> {
  const { answers } = sorted(await hosts.askAll('env-list', { nonce: nonce(), versions: [] }));
  const contents = answers.map(({ host, answer }) => ({ host, digests: newest(answer).digests }));
  const differ = differing(contents, names);
  if (differ.length === 0) return true;
  output.complain(
    `${differ.join(', ')}: the hosts have other values, because another change came at the same time.`,
    'Run the same command again.',
  );
  return false;
}

function newest(listed: Parameters<typeof contentsOf>[0]) {
  return contentsOf(listed, listed.newest) ?? { digests: new Map<string, string>() };
}

async function known(hosts: ServiceHosts): Promise<string[]> {
  if (!process.stdin.isTTY) return [];
  const { answers } = sorted(await hosts.askAll('env-list', { nonce: nonce(), versions: [] }));
  return [...new Set(answers.flatMap(({ answer }) => [...newest(answer).digests.keys()]))].sort();
}

function endOf(failures: { host: string; failed: string }[], differs: boolean): number {
  output.complain(...failures.map(({ host, failed }) => `  ✗ ${host}: ${failed}`));
  return failures.length > 0 || differs ? EXIT.usage : EXIT.deployed;
}

/** Digests of two calls cannot be compared, and no value can be tried against them. */
function nonce(): string {
  return randomBytes(32).toString('hex');
}

function requester(): string {
  return requesterOf(process.env).slice(0, 300);
}
