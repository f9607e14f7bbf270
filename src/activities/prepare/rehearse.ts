import type { JobLimits, ServiceSettings } from '../../config/deploy-input';
import type { Address } from '../../contract/contract-types';
import { askedHeaders } from '../../deployment/asked-headers';
import { fail } from '../../deployment/failures';
import { adviceOn } from '../../deployment/readiness-advice';
import { serverOf } from '../../deployment/server';
import { serverCommand } from '../../deployment/server-command';
import { dependenciesOf } from '../../deployment/start-causes/dependencies-of';
import { causeOfStart } from '../../deployment/start-causes/start-causes';
import { adviceOnLimit, overtime } from '../../deployment/time-limits';
import { expectation, gateAlone, kindOf, releaseDirectory } from '../../host-agent/unit';
import type { Dependencies } from '../dependencies';
import { howItEnded, type Job, lastLine, moreTime, runJob, succeeded } from '../run-job';
import { type Claimed, hostOf, type Noted, seconds } from '../step';

export interface RehearseInput extends Claimed {
  release: string;
  settings: ServiceSettings & { rehearse: JobLimits };
}

/** From where the host itself asks at the service's address; null: from any loopback address. */
function clientOf(bind: Address): string | null {
  return 'host' in bind && /^(?!0\.0\.0\.0$|127\.)[\d.]+$/.test(bind.host) ? bind.host : null;
}

/** The private address in place of the service's. */
const PRIVATE: Record<'tcp' | 'unix', Record<string, string>> = {
  tcp: { '{bind}': '127.0.0.1:{port}', '{host}': '127.0.0.1' },
  unix: { '{bind}': 'unix:{socket}' },
};

const CORRECT = 'Correct the release or what it depends on (its output is the evidence) and deploy again.';

/** Time to start and stop Gunicorn around the readiness questions, before the job itself is ended. */
const MARGIN_MS = 20_000;

/**
 * Starts the release on a private address next to the live one, asks its readiness, stops it. No user's request
 * reaches it. The rehearsal always ends, because it is a job with a time limit.
 * Safe to run twice.
 * @throws RehearsalFailed with Gunicorn's output and the last answer
 */
export function rehearse(dependencies: Dependencies) {
  return async (input: RehearseInput): Promise<Noted> => {
    const sources = { rehearse: dependencies.rehearsalSource, judge: dependencies.judgeSource };
    const job = rehearsal(input, sources);
    const state = await runJob(hostOf(dependencies, input), input, job);
    if (succeeded(state)) return { note: `ready in ${seconds(state.elapsedMilliseconds)}` };
    const why =
      state.result === 'exit-code'
        ? lastLine(state.output)
        : `it ${howItEnded(state, input.settings.rehearse.timeout, 'rehearse.memory')}`;
    const { app } = input.settings;
    const host = input.host.name;
    // Of an answer such as 404 no error in the output is the cause.
    const byError = state.result === 'exit-code' && !/answer(ed| was) [1-4]/.test(why);
    const told = byError
      ? causeOfStart([withoutOwnQuestion(state.output)], {
          host,
          app,
          dependencies: dependenciesOf(input.settings),
        })
      : null;
    const words = told === null ? why : `${why}. ${told.message}`;
    throw fail('RehearsalFailed', `The release cannot serve on ${host}: ${words}`, {
      host,
      advice:
        told?.advice ??
        adviceOn(why, input.settings.readiness) ??
        [CORRECT, adviceOnLimit(why) ?? moreTime(state, input.settings.rehearse.timeout, 'rehearse.memory')]
          .filter((each) => each !== null)
          .join(' '),
      evidence: { output: state.output },
    });
  };
}

/** As the rehearsal takes it. */
function checkOf({ check }: ServiceSettings['readiness']): { check?: string | string[] } {
  if (check === 'http') return {};
  return { check: typeof check === 'string' ? check : check.command };
}

/** The rehearsal's own request may fail as those of the app to its services do. */
function withoutOwnQuestion(output: string): string {
  return output.replaceAll(/the last request failed: .*/g, '');
}

/** The job that boots it. Pure. */
export function rehearsal(
  { settings, release, host }: Pick<RehearseInput, 'settings' | 'release' | 'host'>,
  sources: { rehearse: string; judge: string },
): Job {
  const { readiness, env, rehearse } = settings;
  const { bind } = host;
  // As the service listens: the server trusts the headers of a proxy by the kind of address.
  const on = kindOf(bind);
  const python = `${releaseDirectory({ base: settings.base, release })}/.venv/bin/python`;
  const command = serverCommand({ ...serverOf(settings), workers: 1 }, settings.app, 'itself', on);
  const spec = {
    argv: [python, ...command.map((word) => PRIVATE[on][word] ?? word)],
    tcp: on === 'tcp',
    client: clientOf(bind),
    environment: { LANDFALL_GATE: JSON.stringify(gateAlone(settings, bind)), LANDFALL_APP: settings.app },
    workers: 1,
    path: readiness.path,
    headers: askedHeaders(readiness, bind),
    ...checkOf(readiness),
    ...expectation(readiness),
    judge: sources.judge,
    successes: readiness.successes,
    requestTimeoutMilliseconds: readiness.requestTimeout,
    timeoutMilliseconds: rehearse.timeout,
  };
  return {
    step: 'rehearse',
    as: 'service',
    release,
    argv: [python, '-I', '-c', sources.rehearse, JSON.stringify(spec)],
    env,
    timeout: rehearse.timeout + overtime(rehearse.timeout) + MARGIN_MS,
    memory: rehearse.memory,
  };
}
