import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Programs } from '../../controller/install/contents';
import { output } from '../../output/output';
import { COMMAND, packageContents } from '../../package/contents';
import { packageRoot } from '../../package-root';
import { findTemporal, temporalCliVersion } from '../../temporal/find-executable';
import { CommandError } from '../exit-codes';

export interface ProgramOptions {
  node?: string;
  temporal?: string;
}

/** The programs that this installation sends to a controller. @throws CommandError; TemporalNotFound */
export async function sentPrograms(options: ProgramOptions): Promise<Programs> {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    node: options.node ?? process.execPath,
    nodeVersion: options.node === undefined ? process.version : basename(options.node),
    temporal: await temporalToSend(options.temporal),
    version,
    landfall: packageContents,
    command: COMMAND,
  };
}

async function temporalToSend(explicit: string | undefined): Promise<string> {
  const found = await findTemporal({ explicit, env: process.env, progress: (line) => output.say(line) });
  if ('path' in found) return found.path;
  const release = `https://github.com/temporalio/cli/releases/download/v${temporalCliVersion}/temporal_cli_${temporalCliVersion}_linux_amd64.tar.gz`;
  throw new CommandError([
    'The Temporal executable for the controller is not on this machine. It is sent along, because a controller needs no internet.',
    `Unpack ${release} (or arm64), and name the file: --temporal FILE.`,
  ]);
}
