import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

/** The options that a worker needs to run workflows. */
export interface WorkflowCode {
  dataConverter: { payloadConverterPath: string };
  workflowBundle?: { codePath: string };
  workflowsPath?: string;
  interceptors?: { workflowModules: string[] };
}

/** In the folder of this file, also in an installed package. */
const BUNDLE = join(__dirname, 'workflow-bundle.js');

/** The bundle that the build made; from source, it is bundled at start, which takes about a second. */
export function workflowCode(): WorkflowCode {
  const dataConverter = { payloadConverterPath: require.resolve('./payload-converter') };
  if (existsSync(BUNDLE)) return { dataConverter, workflowBundle: { codePath: BUNDLE } };
  return {
    dataConverter,
    workflowsPath: require.resolve('../workflows'),
    interceptors: { workflowModules: [require.resolve('../workflows/interceptors')] },
  };
}

/** Names this code: the version, and a hash of what decides in a run. */
export function buildId(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  if (!existsSync(BUNDLE)) return version;
  return `${version}+${createHash('sha256').update(readFileSync(BUNDLE)).digest('hex').slice(0, 12)}`;
}
