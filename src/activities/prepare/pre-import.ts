import type { JobLimits, ServiceSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/units';
import type { Address } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import { serverOf } from '../../deployment/server';
import { serverCommand } from '../../deployment/server-command';
import { dependenciesOf } from '../../deployment/start-causes/dependencies-of';
import { causeOfStart } from '../../deployment/start-causes/start-causes';
import { enough, overtime } from '../../deployment/time-limits';
import { gateAlone, releaseDirectory } from '../../host-agent/unit';
import type { Dependencies } from '../dependencies';
import { howItEnded, type Job, moreTime, runJob, succeeded } from '../run-job';
import { type Claimed, hostOf, type Noted, seconds } from '../step';

export interface PreImportInput extends Claimed {
  release: string;
  settings: ServiceSettings & { preImport: JobLimits };
}

const CORRECT = 'Correct the release (its traceback is the evidence) and deploy again.';

/**
 * Imports the app as the service would: its user, environment, interpreter, and the folders that its server's
 * configuration names. Changes nothing; safe to run twice.
 * @throws PreImportFailed with the traceback, also for an import that hangs or exits
 */
export function preImport(dependencies: Dependencies) {
  return async (input: PreImportInput): Promise<Noted> => {
    const { settings } = input;
    const { app } = settings;
    const { timeout } = settings.preImport;
    const state = await runJob(hostOf(dependencies, input), input, importJob(input));
    const isImported = succeeded(state) && saysImported(state.output);
    const took = state.elapsedMilliseconds;
    if (isImported && took <= timeout) return { note: `${app} imports in ${seconds(took)}` };
    const how = isImported
      ? `took ${seconds(took)}, more than ${inSeconds(timeout)} (preImport.timeout)`
      : succeeded(state)
        ? 'ended the process during the import'
        : howItEnded(state, timeout, 'preImport.memory');
    const host = input.host.name;
    const byItself = state.result === 'exit-code';
    const started = { host, app, dependencies: dependenciesOf(settings) };
    const told = byItself ? causeOfStart([state.output], started) : null;
    throw fail('PreImportFailed', `${app} cannot be imported on ${host}: ${told?.message ?? `it ${how}.`}`, {
      host,
      advice:
        told?.advice ??
        (isImported ? enough('preImport.timeout', took) : null) ??
        `${CORRECT} ${moreTime(state, timeout, 'preImport.memory') ?? ''}`.trim(),
      evidence: { output: state.output },
    });
  };
}

/** The job of the import. Pure. */
export function importJob({
  settings,
  release,
  host,
}: Pick<PreImportInput, 'settings' | 'release' | 'host'>): Job {
  const { timeout, memory } = settings.preImport;
  const python = `${releaseDirectory({ base: settings.base, release })}/.venv/bin/python`;
  return {
    step: 'pre-import',
    as: 'service',
    release,
    // Output before a hang is evidence too.
    argv: [python, '-u', '-c', importer(timeout), JSON.stringify(importSpec(settings, host.bind))],
    env: settings.env,
    timeout: timeout + overtime(timeout),
    memory,
  };
}

/** Has Python itself print the traceback of an import that is about to run out of time. */
function importer(timeout: number): string {
  return [
    'import os, sys, faulthandler',
    `faulthandler.dump_traceback_later(${timeout * 0.8e-3})`,
    // At the end of the path, so that the gate hides no module of the project.
    'sys.path.append(os.path.dirname(os.environ.pop("LANDFALL_GATE_FOLDER")))',
    'from landfall_gate.pre_import import import_app',
    'import_app(sys.argv.pop())',
  ].join('; ');
}

/** The argument of `landfall_gate/pre_import.py`. */
function importSpec(settings: ServiceSettings, bind: Address) {
  const { app } = settings;
  const command = serverCommand(serverOf(settings), app, 'handed');
  return { app, command, gate: gateAlone(settings, bind), said: IMPORTED };
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
