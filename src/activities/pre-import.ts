import { releaseDirectory } from '../host/unit';
import { fail } from '../failures';
import type { Dependencies } from './dependencies';
import { howItEnded, lastLine, runJob, succeeded } from './job';
import { type Claimed, hostOf, type Noted, seconds } from './step';

export interface PreImportInput extends Claimed {
  release: string;
  base: string;
  /** `module:attribute`, as Gunicorn takes it. */
  app: string;
  env: Record<string, string>;
  timeoutSeconds: number;
}

/**
 * Imports the app as the service would: its user, environment, working directory and
 * interpreter. Changes nothing; safe to run twice.
 * @throws PreImportFailed with the traceback, also for an import that hangs or exits
 */
export function preImport(dependencies: Dependencies) {
  return async (input: PreImportInput): Promise<Noted> => {
    const directory = releaseDirectory(input);
    const state = await runJob(hostOf(dependencies, input), input, {
      step: 'pre-import',
      as: 'service',
      release: input.release,
      argv: [`${directory}/.venv/bin/python`, '-c', importStatement(input.app)],
      env: input.env,
      timeoutSeconds: input.timeoutSeconds,
      memoryMaxBytes: null,
    });
    if (succeeded(state) && lastLine(state.output) === IMPORTED) {
      return { note: `${input.app} imports in ${seconds(state.elapsedSeconds)}` };
    }
    const how = succeeded(state) ? 'ended the process during the import' : howItEnded(state, input.timeoutSeconds);
    throw fail('PreImportFailed', `${input.app} cannot be imported on ${input.host.name}: it ${how}.`, {
      host: input.host.name,
      advice: 'Correct the release (its traceback is the evidence) and deploy again.',
      evidence: { output: state.output },
    });
  };
}

/** Said last, because an app that calls `sys.exit(0)` while it is imported ends with status 0 too. */
const IMPORTED = 'landfall: imported';

/** `main:app` and factories, `main:create_app()`, as Gunicorn takes them. */
export function importStatement(app: string): string {
  const [module, attribute = 'application'] = app.split(':');
  const name = attribute.replace(/\(.*\)$/, '');
  return `from ${module} import ${name}; print(flush=True); print(${JSON.stringify(IMPORTED)}, flush=True)`;
}
