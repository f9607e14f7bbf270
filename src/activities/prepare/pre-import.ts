import type { ServiceSettings } from '../../config/deploy-input';
import { fail } from '../../deployment/failures';
import { causeOfStart } from '../../deployment/start-causes/start-causes';
import { releaseDirectory } from '../../host-agent/unit';
import type { Dependencies } from '../dependencies';
import { howItEnded, runJob, succeeded } from '../run-job';
import { type Claimed, hostOf, type Noted, seconds } from '../step';

export interface PreImportInput extends Claimed, Pick<ServiceSettings, 'base' | 'app' | 'env' | 'preImport'> {
  release: string;
  /** Where its packages are written: `requirements.txt`. */
  dependencies: string;
}

/**
 * Imports the app as the service would: its user, environment, working directory and
 * interpreter. Changes nothing; safe to run twice.
 * @throws PreImportFailed with the traceback, also for an import that hangs or exits
 */
export function preImport(dependencies: Dependencies) {
  return async (input: PreImportInput): Promise<Noted> => {
    const { timeout, memory } = input.preImport;
    const directory = releaseDirectory(input);
    const state = await runJob(hostOf(dependencies, input), input, {
      step: 'pre-import',
      as: 'service',
      release: input.release,
      argv: [
        `${directory}/.venv/bin/python`,
        // Output before a hang is evidence too.
        '-u',
        '-c',
        `${tellWhereItHangs(timeout)}; ${importStatement(input.app)}`,
      ],
      env: input.env,
      timeout,
      memory,
    });
    if (succeeded(state) && saysImported(state.output)) {
      return { note: `${input.app} imports in ${seconds(state.elapsedMilliseconds)}` };
    }
    const how = succeeded(state)
      ? 'ended the process during the import'
      : howItEnded(state, timeout, 'preImport.memory');
    const { app, dependencies: packages } = input;
    const host = input.host.name;
    const byItself = state.result === 'exit-code';
    const told = byItself ? causeOfStart([state.output], { host, app, dependencies: packages }) : null;
    throw fail('PreImportFailed', `${app} cannot be imported on ${host}: ${told?.message ?? `it ${how}.`}`, {
      host,
      advice: told?.advice ?? 'Correct the release (its traceback is the evidence) and deploy again.',
      evidence: { output: state.output },
    });
  };
}

/** Has Python itself print the traceback of an import that is about to run out of time. */
function tellWhereItHangs(timeout: number): string {
  return `import faulthandler; faulthandler.dump_traceback_later(${timeout * 0.8e-3})`;
}

/**
 * Said after the import, because an app that calls `sys.exit(0)` in it ends with status 0 too. No
 * words: what leaves the host has every value of the environment files replaced, also inside of words.
 */
const IMPORTED = '9d1fc84a2be07365';

/** Whether the import ended, even if the app's own threads print after that. */
export function saysImported(output: string): boolean {
  return output.split('\n').some((line) => line.trim() === IMPORTED);
}

/**
 * `main:app` and factories, `main:create_app()`, as Gunicorn takes them. Ends without Python's own
 * tidying up: that would wait for ever for a thread that the app started.
 */
export function importStatement(app: string): string {
  const [module, attribute = 'application'] = app.split(':');
  const name = attribute.replace(/\(.*\)$/, '');
  const said = `print(flush=True); print(${JSON.stringify(IMPORTED)}, flush=True)`;
  return `from ${module} import ${name}; ${said}; import os; os._exit(0)`;
}
