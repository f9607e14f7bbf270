import type { Build } from '../../config/build';
import type { ServiceSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/units';
import type { JobState } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import type { Dependencies } from '../dependencies';
import { howItEnded, runJob, succeeded } from '../run-job';
import { type Claimed, hostOf, type Noted, seconds } from '../step';
import { ADVICE, type BuildCause, causeOfBuild, lastWords } from './build-causes';
import { buildCommand, failedIn, missingIn, textOf } from './build-script';

export interface BuildReleaseInput extends Claimed, Pick<ServiceSettings, 'env'> {
  release: string;
  build: Build;
}

/**
 * Runs the build commands in a release of which nothing has run yet, as the deploying user. A retry follows the running
 * build or takes its result. After a reboot the release is given up: a command may take half a file for a whole one.
 * @throws CommandFailed with the output of the build
 */
export function buildRelease(dependencies: Dependencies) {
  return async (input: BuildReleaseInput): Promise<Noted> => {
    const { release, env, build } = input;
    const state = await runJob(
      hostOf(dependencies, input),
      input,
      {
        step: 'build',
        as: 'deploy',
        release,
        argv: buildCommand(build),
        writesRelease: true,
        env: { ...env, ...build.env },
        timeout: build.timeout,
        memory: build.memory,
      },
      { repeatable: false },
    );
    if (succeeded(state))
      return { note: `${commandsInWords(build)} in ${seconds(state.elapsedMilliseconds)}` };
    const host = input.host.name;
    const { message, advice } = whyFailed(state, build, host);
    throw fail('CommandFailed', `The build on ${host} failed: ${message}`, {
      host,
      advice,
      evidence: { output: state.output },
    });
  };
}

function commandsInWords({ commands }: Build): string {
  const [first, ...more] = commands.map((command) => textOf(command).slice(0, 60));
  return more.length === 0 ? (first ?? '') : `${first} and ${more.length} more`;
}

/** Debian's packages of programs that builds need; others have the program's name. */
const PACKAGES: Record<string, string> = {
  node: 'nodejs',
  npm: 'npm',
  npx: 'npm',
  yarn: 'yarnpkg',
  msgfmt: 'gettext',
  cc: 'gcc',
};

/** Pure. */
export function whyFailed(state: JobState, build: Build, host: string): BuildCause {
  const missing = missingIn(state.output);
  if (missing !== null) {
    const packages = [...new Set(missing.map((name) => PACKAGES[name] ?? name))];
    return {
      message: `${host} has no ${missing.join(' and no ')}, which \`build\` needs. Nothing of it was started.`,
      advice: `Run there as root: apt install ${packages.join(' ')}. Or build in CI, and fetch its archive (docs/configuration.md#builds).`,
    };
  }
  if (state.result !== 'exit-code') {
    const key = state.result === 'timeout' ? ` (build.timeout is ${inSeconds(build.timeout)})` : '';
    return { message: `it ${howItEnded(state, build.timeout, 'build.memory')}${key}.`, advice: ADVICE };
  }
  const failed = failedIn(state.output);
  const command = failed === null ? undefined : build.commands[failed.number - 1];
  const which = command === undefined ? 'a command' : textOf(command).slice(0, 100);
  const how = `${which} ended with exit status ${failed?.status ?? state.exitStatus ?? '?'}`;
  const output = command === undefined ? state.output : ofLast(state.output, textOf(command));
  const cause = causeOfBuild(output, host);
  if (cause !== null) return { message: `${how}. ${cause.message}`, advice: cause.advice };
  const words = lastWords(output);
  return { message: words === '' ? `${how}.` : `${how}: ${words}`, advice: ADVICE };
}

/** From where the failed command began. The commands before it may have warned of much. */
function ofLast(output: string, command: string): string {
  const at = output.lastIndexOf(`$ ${command}\n`);
  return at < 0 ? output : output.slice(at);
}
