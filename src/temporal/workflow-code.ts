import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The options that a worker needs to run workflows. */
export interface WorkflowCode {
  dataConverter: { payloadConverterPath: string };
  workflowBundle?: { codePath: string };
  workflowsPath?: string;
}

/** The bundle that the build made; from source, it is bundled at start, which takes about a second. */
export function workflowCode(): WorkflowCode {
  const dataConverter = { payloadConverterPath: require.resolve('./payload-converter') };
  const codePath = join(__dirname, '..', 'workflow-bundle.js');
  if (existsSync(codePath)) return { dataConverter, workflowBundle: { codePath } };
  return { dataConverter, workflowsPath: require.resolve('../workflows') };
}
