import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import { fail } from '../../deployment/failures';
import { packagingWords } from '../../deployment/project/with-facts';
import type { Dependencies } from '../dependencies';
import { howItEnded, lastLine, runJob, succeeded } from '../run-job';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';

export interface InstallDependenciesInput
  extends Claimed,
    Pick<ServiceSettings, 'python' | 'installTimeout' | 'installMemory'> {
  release: string;
  packaging: Packaging;
  /** Path of `uv` on the host; null: pip is used. */
  uv: string | null;
}

/**
 * Gives the release its virtual environment. It is named by what is in it (requirement files and
 * interpreter), so an unchanged set of dependencies costs one question to the host. Safe to run
 * twice: an unfinished one is never used, a running installation is followed.
 * @throws CommandFailed with the installer's last output
 */
export function installDependencies(dependencies: Dependencies) {
  return async (input: InstallDependenciesInput): Promise<Noted> => {
    const { packaging } = input;
    if (packaging.tool !== 'requirements')
      throw fail('InvalidInput', `Landfall cannot install ${packagingWords(packaging)} yet.`, {
        host: input.host.name,
        advice: 'Export it to a requirements.txt, commit that, and write requirements: [requirements.txt].',
      });
    const call = hostOf(dependencies, input);
    const request = {
      claim: claimOf(input),
      release: input.release,
      requirements: input.packaging.files,
      python: input.python,
    };
    // The job reports itself. A slow host must not look like a dead worker either, so this sends heartbeats.
    const askVenv = () => heartbeating(() => call('venv', request));
    const wanted = await askVenv();
    if (wanted.complete) return { note: `unchanged (${wanted.name})${unpinned(wanted.unpinned)}` };

    const state = await runJob(call, input, {
      // The name is part of the step: other requirements are another job, also in the same deploy.
      step: 'install-dependencies',
      as: 'deploy',
      release: input.release,
      argv: installCommand(wanted.path, { ...input, python: wanted.python }),
      venv: wanted.name,
      env: {},
      timeout: input.installTimeout,
      memory: input.installMemory,
    });
    const built = succeeded(state) ? await askVenv() : null;
    if (built === null || !built.complete) {
      throw fail(
        'CommandFailed',
        `The dependencies could not be installed on ${input.host.name}: the installer ${howItEnded(state, input.installTimeout, 'installMemory')}. ${complaint(state.output)}`,
        {
          host: input.host.name,
          advice: `Correct ${input.packaging.files.join(', ')}, or the host's access to its package index, and deploy again.`,
          evidence: { output: state.output },
        },
      );
    }
    const installer = input.uv === null ? 'pip' : 'uv';
    return {
      note: `${built.name} with ${installer} in ${seconds(state.elapsedMilliseconds)}${unpinned(built.unpinned)}`,
    };
  };
}

/**
 * Builds at the final path, because the scripts of a virtual environment name it, and marks it
 * complete last. What an interrupted build left is removed first; the directory itself stays, because
 * the job may write in nothing above it. Python is isolated (-I): it runs in the release's
 * directory, where a file `venv.py` or `pip.py` would be taken for the module of that name.
 */
const INSTALL_SCRIPT = `set -eu
venv=$1 python=$2 uv=$3
shift 3
empty() { rm -rf "$venv"/..?* "$venv"/.[!.]* "$venv"/*; }
empty
trap empty EXIT
if [ -n "$uv" ]; then "$uv" venv --quiet --python "$python" "$venv"; else "$python" -I -m venv "$venv"; fi
# Builds run programs there, which a hardened host forbids in /tmp (noexec).
export TMPDIR="$venv/.tmp"
mkdir "$TMPDIR"
if [ -n "$uv" ]; then
  "$uv" pip install --python "$venv/bin/python" --compile-bytecode "$@"
else
  "$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check "$@"
fi
rm -rf "$TMPDIR"
# On disk before it is marked complete: a marked environment is not built again after a power loss.
sync -f "$venv"
touch "$venv/.landfall-complete"
trap - EXIT
`;

/** The job's command; every value is a positional parameter, none is part of the script. */
export function installCommand(
  venv: string,
  input: Pick<InstallDependenciesInput, 'python' | 'uv' | 'packaging'>,
): string[] {
  const files = input.packaging.files.flatMap((file) => ['-r', file]);
  return ['/bin/sh', '-c', INSTALL_SCRIPT, 'install', venv, input.python, input.uv ?? '', ...files];
}

/** The line that says why: pip begins it with ERROR, uv with error and then cause; other lines may follow. */
function complaint(output: string): string {
  const why = output.split('\n').filter((line) => /^\s*(error|cause):/i.test(line));
  return lastLine(why.length > 0 ? why.join('\n') : output);
}

function unpinned(lines: string[]): string {
  if (lines.length === 0) return '';
  return `; not pinned, so kept as first installed: ${lines.slice(0, 5).join(', ')}`;
}
