import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Part of the build: workers load this bundle instead of spending a second on it at every start. */
async function bundle(): Promise<void> {
  const source = join(__dirname, '..', 'src');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(source, 'workflows', 'index.js'),
    workflowInterceptorModules: [join(source, 'workflows', 'interceptors.js')],
    payloadConverterPath: join(source, 'temporal', 'payload-converter.js'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(join(source, 'temporal', 'workflow-bundle.js'), code);
}

void bundle();
