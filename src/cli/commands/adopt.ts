import { existsSync, writeFileSync } from 'node:fs';
import { draftOf } from '../../adopt/draft';
import { type Facts, factsOf, type Layout } from '../../adopt/facts';
import { findingsOf } from '../../adopt/findings';
import { moveSettings } from '../../adopt/read/move-settings';
import { readHost } from '../../adopt/read/read-host';
import { parseSshAddress } from '../../config/address';
import type { HostTarget } from '../../config/deploy-input';
import { draftText } from '../../deployment/draft/draft-text';
import { output } from '../../output/output';
import type { Connection } from '../../ssh/connection';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { CommandError, EXIT } from '../exit-codes';
import { findingLines, nextLines } from '../output/findings';

export interface AdoptOptions {
  env: string;
  /** The user that logs in; default: that of the host, as OpenSSH's configuration says. */
  as?: string;
  output: string;
  layout: Layout;
  print?: boolean;
  force?: boolean;
  moveSecrets?: boolean;
  yes?: boolean;
}

/**
 * `landfall adopt`: reads how a unit of a host runs, and writes the landfall.yaml that reproduces it. Changes nothing
 * on the host, unless `--move-secrets` asks for it.
 * @returns the exit code; 0 also with findings
 */
export async function adoptCommand(
  hostName: string,
  unitName: string,
  options: AdoptOptions,
): Promise<number> {
  const unit = checkedUnit(unitName);
  const { host, written } = targetOf(hostName, options.as);
  if (!options.print && !options.force && existsSync(options.output))
    throw new CommandError(
      `${options.output} is there already. Name another file with --output, see the text with --print, or overwrite the file with --force.`,
    );
  const { keyFiles, knownHosts } = workerOptionsFrom(process.env);
  const connections = new HostConnections({ keyFiles, knownHosts });
  try {
    const connection = await connections.to(host);
    const before = await factsOn(connection, unit, options.layout);
    const facts = options.moveSecrets ? await withoutSettings(connection, before, options) : before;
    if (facts === null) return EXIT.usage;
    tell(facts, hostName, written, options);
    return EXIT.deployed;
  } finally {
    connections.close();
  }
}

/** @throws CommandError for a unit that the host does not have */
async function factsOn(connection: Connection, unit: string, layout: Layout): Promise<Facts> {
  output.progress(`reading ${unit} on ${connection.login.host}`);
  const reading = await readHost(connection, unit);
  if (reading.unit.load === 'loaded') return inLayout(factsOf(reading, layout));
  throw new CommandError(
    `${connection.login.host} has no unit ${unit} (systemd says ${reading.unit.load}). List its services with: systemctl list-units --type service`,
  );
}

/** @throws CommandError when the layout needs a checkout, and there is none */
function inLayout(facts: Facts): Facts {
  const { layout, reading } = facts;
  if (layout === 'releases' || reading.checkout !== null) return facts;
  throw new CommandError(
    `${reading.unit.directory} is not a Git checkout, and layout in-place needs one. Leave out --layout.`,
  );
}

/** @returns null after a no */
async function withoutSettings(
  connection: Connection,
  facts: Facts,
  { yes = false, layout }: AdoptOptions,
): Promise<Facts | null> {
  const { name: unit, settings } = facts.reading.unit;
  const names = facts.inUnit.map(({ name }) => name);
  if (names.length === 0) {
    output.say(`${unit} sets nothing itself: there is nothing to move.`);
    return facts;
  }
  const file = settings.find((each) => each.file !== null)?.file ?? `/etc/${facts.service}.env`;
  output.say(
    `On ${connection.login.host}, as root:`,
    `  + move ${names.join(', ')} from ${unit} to ${file} (root:root, mode 600); no value is printed or sent`,
    `  + keep the unit's text as it was in *.before-landfall, and run systemctl daemon-reload; nothing is restarted`,
  );
  if (!yes && !(await agreed('Do this now? [y/N]'))) {
    output.say('Nothing was changed.');
    return null;
  }
  const moved = await moveSettings(connection, { unit, file, names });
  output.say(`Moved to ${file}: ${moved.join(', ')}.`);
  return await factsOn(connection, unit, layout);
}

function tell(facts: Facts, hostName: string, written: string, options: AdoptOptions): void {
  const { env: environment, print = false } = options;
  const text = draftText(draftOf(facts, { environment, host: written }));
  const findings = findingsOf(facts, { host: hostName, environment });
  if (print) output.document(...text.trimEnd().split('\n'));
  else writeFileSync(options.output, text);
  const lines = findingLines(findings, facts);
  // The text alone goes to standard output, so that a file can be made of it.
  if (print) output.complain(...lines);
  else output.say(...lines, `Written: ${options.output}`, ...nextLines(facts, written, environment));
}

function checkedUnit(name: string): string {
  const unit = name.includes('.') ? name : `${name}.service`;
  if (/^[A-Za-z0-9:_@.-]{1,200}\.service$/.test(unit) && !unit.startsWith('-')) return unit;
  throw new CommandError(`${name} is not the name of a service unit, such as shop.service.`);
}

/** `written`: as landfall.yaml names the host; a deploy does not log in as root. */
function targetOf(name: string, as: string | undefined): { host: HostTarget; written: string } {
  const parsed = parseSshAddress(name);
  const root = /^root@/.test(name) ? parseSshAddress(name.slice('root@'.length)) : null;
  const at = parsed ?? root;
  if (at === null)
    throw new CommandError(`${name} is not a host such as web1.example.com or deploy@web1:2222.`);
  const { address, port } = at;
  const user = as ?? (root !== null ? 'root' : at.user);
  const deployer = at.user !== null && root === null ? `${at.user}@` : '';
  const shown = address.includes(':') ? `[${address}]` : address;
  return {
    host: { name: address, address, port, user, bind: { host: '127.0.0.1', port: 8000 } },
    written: `${deployer}${shown}${port === null ? '' : `:${port}`}`,
  };
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new CommandError('There is no terminal to ask on: use --yes to act without a question.');
  return /^y(es)?$/i.test((await output.ask(question)).trim());
}
