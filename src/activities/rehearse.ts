import type { JobLimits, ServiceSettings } from '../config/deploy-input';
import { fail } from '../failures';
import { gunicornArguments } from '../host/gunicorn';
import { releaseDirectory } from '../host/unit';
import type { Dependencies } from './dependencies';
import { howItEnded, lastLine, runJob, succeeded } from './job';
import { type Claimed, hostOf, type Noted, seconds } from './step';

export interface RehearseInput extends Claimed, JobLimits {
  release: string;
  settings: ServiceSettings;
}

/** Time to start and stop Gunicorn around the readiness questions, before the job itself is ended. */
const MARGIN_MS = 20_000;

/**
 * Boots the release beside the live one on a private socket, asks its readiness, stops it.
 * Nobody's request reaches it. Always stopped, whatever happens: it is a job with a time limit.
 * Safe to run twice.
 * @throws RehearsalFailed with Gunicorn's output and the last answer
 */
export function rehearse(dependencies: Dependencies) {
  return async (input: RehearseInput): Promise<Noted> => {
    const { settings, timeoutMs } = input;
    const python = `${releaseDirectory({ base: settings.base, release: input.release })}/.venv/bin/python`;
    const spec = {
      argv: [python, '-m', 'gunicorn', ...gunicornArguments(settings, 'unix:{socket}', 1)],
      workers: 1,
      path: settings.readiness.path,
      headers: settings.readiness.headers,
      successes: settings.readiness.successes,
      requestTimeoutMilliseconds: settings.readiness.requestTimeoutMs,
      timeoutMilliseconds: timeoutMs,
    };
    const state = await runJob(hostOf(dependencies, input), input, {
      step: 'rehearse',
      as: 'service',
      release: input.release,
      argv: [python, '-I', '-c', dependencies.rehearsalSource, JSON.stringify(spec)],
      env: settings.env,
      timeoutMs: timeoutMs + MARGIN_MS,
      memoryMaxBytes: input.memoryMaxBytes,
    });
    if (succeeded(state)) return { note: `ready in ${seconds(state.elapsedMilliseconds)}` };
    const why =
      state.result === 'exit-code'
        ? lastLine(state.output)
        : `it ${howItEnded(state, timeoutMs, 'rehearse.memory')}`;
    throw fail('RehearsalFailed', `The release cannot serve on ${input.host.name}: ${why}`, {
      host: input.host.name,
      advice: 'Correct the release or what it depends on (its output is the evidence) and deploy again.',
      evidence: { output: state.output },
    });
  };
}
