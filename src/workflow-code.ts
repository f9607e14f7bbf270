import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The bundle that the build made; from source, it is bundled at start, which takes about a second. */
export function workflowCode(): { workflowBundle: { codePath: string } } | { workflowsPath: string } {
  const codePath = join(__dirname, 'workflow-bundle.js');
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: require.resolve('./workflows') };
}
