import type { ServiceSettings } from '../../config/deploy-input';
import type { ChosenInterpreter, Packaging } from '../../config/resolved';
import type { JobState, Verbs } from '../../contract/contract-types';
import { fail, failureOf } from '../../deployment/failures';
import { interpreterInWords, packagingWords } from '../../deployment/project/with-facts';
import type { Dependencies } from '../dependencies';
import { howItEnded, moreTime, runJob, succeeded } from '../run-job';
import { type CallHost, type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';
import { causeOf, complaint } from './install-causes';
import { folderOf, installCommand } from './install-script';
import { layerCommand } from './layer-script';
import { makeSpace } from './make-space';
import { managedCommand, notBrought } from './managed-python';
import { type ToolName, toolCommand, toolVersion } from './tool-script';

export interface InstallDependenciesInput
  extends Claimed,
    Pick<ServiceSettings, 'base' | 'installTimeout' | 'installMemory' | 'wheels'> {
  release: string;
  /** The interpreter by its path, as it was inspected. */
  python: string;
  /** For people; absent: it is not known. */
  interpreter?: ChosenInterpreter | null;
  /** The version that uv is to bring instead (`python: managed`); absent: none. */
  managed?: string | null;
  packaging: Packaging;
  /** Path of `uv` on the host; null: there is none. */
  uv: string | null;
}

/**
 * Gives the release its virtual environment. It is named by what determines it (requirement or lock files, and
 * interpreter), so an unchanged set of dependencies costs one question to the host. The packages of the release
 * itself lie in a layer of their own on top. Safe to run twice: an unfinished one is never used, a running
 * installation is followed.
 * @throws CommandFailed with the installer's last output
 */
export function installDependencies(dependencies: Dependencies) {
  return async (input: InstallDependenciesInput): Promise<Installed> => {
    const { packaging } = input;
    const call = hostOf(dependencies, input);
    const userOf = () => dependencies.connections.userOf(input.host);
    const first = new Environments(call, input, userOf);
    const managed = input.managed ?? null;
    const isNeeded = needsUv(packaging) || managed !== null;
    const ownUv = isNeeded ? (input.uv ?? `${await first.tool('uv')}/bin/uv`) : null;
    const environments =
      managed === null || ownUv === null
        ? first
        : new Environments(call, { ...input, python: await first.managed(managed, ownUv) }, userOf);
    const uv = needsUv(packaging) ? ownUv : uvFor(input);
    const shared = await environments.shared(uv);
    const layer = shared.environment.layered ? await environments.layer(shared.environment, uv) : null;
    const installer = packaging.tool !== 'requirements' ? packaging.tool : uv === null ? 'pip' : 'uv';
    const interpreter = interpreterOf(input, shared);
    const python = interpreterNote(interpreter, shared);
    const { madeSpace } = environments;
    return {
      interpreter,
      note: `${noteOf(shared, installer)}${layer === null ? '' : layerNote(layer)}${python}${madeSpace}`,
    };
  };
}

export interface Installed extends Noted {
  /** The interpreter of the environment; null: it was made before. */
  interpreter: ChosenInterpreter | null;
}

type EnvironmentRequest = Verbs['environment']['request'];
type EnvironmentResult = Verbs['environment']['result'];
/** Of a request; the rest is the same for every environment of a release. */
type Wanted = Pick<EnvironmentRequest, 'kind'> & Partial<EnvironmentRequest>;

/** An environment that is complete, and how long its job took; null: it was there. */
interface Provided {
  environment: EnvironmentResult;
  milliseconds: number | null;
}

const NO_SPACE = /No space left on device|os error 28\b/;

/** The environments of one release: each is asked for, and made by a job where it is missing. */
class Environments {
  /** The old releases that had to go, for people. */
  madeSpace = '';
  /** Why there may be too little space. */
  private short: unknown = null;

  constructor(
    private readonly call: CallHost,
    private readonly input: InstallDependenciesInput,
    private readonly userOf: () => Promise<string>,
  ) {}

  /** The environment of the requirement or lock files. */
  shared(uv: string | null): Promise<Provided> {
    const { packaging } = this.input;
    // The name is part of the step: other requirements are another job, also in the same deploy.
    return this.provide({ kind: 'shared' }, 'install-dependencies', async ({ path, python }) => {
      const { tool } = packaging;
      const exporter = tool === 'poetry' || tool === 'pdm' ? await this.tool(tool) : null;
      return installCommand({ venv: path, python, uv, packaging, exporter });
    });
  }

  /** The packages of the release itself. */
  layer({ name, path }: EnvironmentResult, uv: string | null): Promise<Provided> {
    const { packaging } = this.input;
    const root = 'lock' in packaging ? folderOf(packaging.lock) : '.';
    return this.provide({ kind: 'layer', shared: name }, 'install-project', (layer) =>
      layerCommand(layer.path, path, uv, root),
    );
  }

  /** @returns the environment of a tool from the host's package index */
  async tool(tool: ToolName): Promise<string> {
    const wanted: Wanted = { kind: 'tool', tool, toolVersion: toolVersion(tool), files: [] };
    const { environment } = await this.provide(wanted, `install-${tool}`, ({ path, python }) =>
      toolCommand(tool, path, python, this.input.uv),
    );
    return environment.path;
  }

  /** @returns the path of an interpreter that uv has brought */
  async managed(version: string, uv: string): Promise<string> {
    const wanted: Wanted = { kind: 'tool', tool: 'python', toolVersion: version, files: [] };
    const { environment } = await this.provide(wanted, 'install-python', ({ path }) =>
      managedCommand(path, version, uv),
    );
    return environment.python;
  }

  private async provide(
    what: Wanted,
    step: string,
    argv: (wanted: EnvironmentResult) => string[] | Promise<string[]>,
  ): Promise<Provided> {
    const wanted = await this.ask(what);
    if (wanted.complete) return { environment: wanted, milliseconds: null };
    const { release, installTimeout, installMemory, wheels } = this.input;
    if (what.kind === 'shared') await this.makeSpace();
    const state = await runJob(this.call, this.input, {
      step,
      as: 'deploy',
      release,
      argv: await argv(wanted),
      venv: wanted.name,
      writesRelease: wanted.ofRelease,
      env: {
        ...wheelsOf(wheels, what.kind),
        ...(wanted.ofRelease ? versionWithoutGit(this.input, what.kind) : {}),
      },
      timeout: installTimeout,
      memory: installMemory,
    });
    const built = succeeded(state) ? await this.ask(what) : null;
    if (built === null || !built.complete) {
      if (this.short !== null && NO_SPACE.test(state.output)) throw this.short;
      throw await this.failure(state, wanted, what);
    }
    return { environment: built, milliseconds: state.elapsedMilliseconds };
  }

  /**
   * For an environment as large as the one of last good: old releases go before the disk is full. The new one may be
   * smaller, so too little space alone refuses nothing.
   */
  private async makeSpace(): Promise<void> {
    const { host, base, release } = this.input;
    const place = { host: host.name, base, claim: claimOf(this.input) };
    const need = { release, bytes: 0, inodes: 0, environment: true };
    try {
      this.madeSpace = await heartbeating((report) => makeSpace(this.call, place, need, report));
    } catch (error) {
      if (failureOf(error)?.type !== 'CommandFailed') throw error;
      this.short = error;
    }
  }

  // The job reports itself. A slow host must not look like a dead worker either, so this sends heartbeats.
  private ask(what: Wanted): Promise<EnvironmentResult> {
    const { packaging, release, python, wheels } = this.input;
    const { tool, files } = packaging;
    const { groups, extras } = packaging.tool === 'requirements' ? { groups: [], extras: [] } : packaging;
    const named = { release, tool, files, groups, extras, python, ...(wheels === null ? {} : { wheels }) };
    const request = { claim: claimOf(this.input), ...named, ...what };
    return heartbeating(() => this.call('environment', request));
  }

  private async failure(state: JobState, { python }: EnvironmentResult, what: Wanted): Promise<Error> {
    const { service, host, installTimeout, packaging, wheels } = this.input;
    const ended = `the installer ${howItEnded(state, installTimeout, 'installMemory')}`;
    const deployUser = await this.userOf();
    const context = { service, host: host.name, deployUser, python, packaging, wheels };
    // A job that was killed has met a limit, whatever it printed before.
    const cause = state.result === 'exit-code' ? causeOf(state.output, context) : null;
    const reason = cause === null ? `${ended}. ${complaint(state.output)}` : cause.message;
    if (what.tool === 'python') {
      const [message, advice] = notBrought(host.name, service, what.toolVersion ?? '', reason);
      return fail('CommandFailed', message, {
        host: host.name,
        advice,
        evidence: { output: state.output },
      });
    }
    if (what.kind === 'tool') {
      const { name, way } = TOOLS[what.tool === 'poetry' || what.tool === 'pdm' ? what.tool : 'uv'];
      return fail(
        'CommandFailed',
        `${packagingWords(packaging)} needs ${name} on ${host.name}, which could not be installed there: ${reason}`,
        {
          host: host.name,
          advice:
            `Give ${host.name} a package index that has ${name}, or commit a requirements.txt: ${way}. ${cause?.advice ?? ''}`.trim(),
          evidence: { output: state.output },
        },
      );
    }
    return fail('CommandFailed', `The dependencies could not be installed on ${host.name}: ${reason}`, {
      host: host.name,
      advice:
        cause?.advice ??
        moreTime(state, installTimeout, 'installMemory') ??
        `Correct ${packaging.files.join(', ')}, or the host's access to its package index, and deploy again.`,
      evidence: { output: state.output },
    });
  }
}

/** The tools of lock files may come from an index of the host too: a project rarely brings them. */
function wheelsOf(wheels: string | null, kind: EnvironmentRequest['kind']): Record<string, string> {
  if (wheels === null) return {};
  return kind === 'tool' ? { WHEELS: wheels } : { WHEELS: wheels, UV_NO_INDEX: '1', PIP_NO_INDEX: '1' };
}

function needsUv({ tool }: Packaging): boolean {
  return tool === 'uv' || tool === 'pylock' || tool === 'unlocked';
}

/** pip alone reads other encodings than UTF-8. */
function uvFor({ uv, packaging }: InstallDependenciesInput): string | null {
  return packaging.tool === 'requirements' && packaging.encoding === 'other' ? null : uv;
}

/**
 * A release has no history of Git. Tools that take the version of a project from there are told one. The job of a
 * requirement file tells it only where it is missing.
 */
function versionWithoutGit(
  { release, packaging }: InstallDependenciesInput,
  kind: EnvironmentRequest['kind'],
): Record<string, string> {
  const version = packaging.version ?? `0.0.0+${release.replace(/^\d+-/, '')}`;
  const names = kind === 'layer' ? VERSION_VARIABLES : ['LANDFALL_VERSION'];
  return Object.fromEntries(names.map((name) => [name, version]));
}

/** Of setuptools-scm and hatch-vcs, PDM, Poetry's plugin, uv's, and pbr. */
const VERSION_VARIABLES = [
  'SETUPTOOLS_SCM_PRETEND_VERSION',
  'PDM_BUILD_SCM_VERSION',
  'POETRY_DYNAMIC_VERSIONING_BYPASS',
  'UV_DYNAMIC_VERSIONING_BYPASS',
  'PBR_VERSION',
];

function noteOf({ environment: { name, unpinned }, milliseconds }: Provided, installer: string): string {
  const loose =
    unpinned.length === 0
      ? ''
      : `; not pinned, so kept as first installed: ${unpinned.slice(0, 5).join(', ')}`;
  return milliseconds === null
    ? `unchanged (${name})${loose}`
    : `${name} with ${installer} in ${seconds(milliseconds)}${loose}`;
}

/** As it was inspected on the host. */
function interpreterOf(
  { interpreter = null, managed = null }: InstallDependenciesInput,
  { environment: { python: path, version } }: Provided,
): ChosenInterpreter | null {
  if (managed === null || version == null) return interpreter;
  return { path, version, why: 'python: managed' };
}

/** Always where it is not just `python3`, and where an environment was made. */
function interpreterNote(interpreter: ChosenInterpreter | null, { milliseconds }: Provided): string {
  if (interpreter === null || (milliseconds === null && interpreter.why === '')) return '';
  return `; ${interpreterInWords(interpreter)}`;
}

function layerNote({ milliseconds }: Provided): string {
  return milliseconds === null
    ? '; the project itself is installed'
    : `; the project itself in ${seconds(milliseconds)}`;
}

/** The tools' own ways to a requirement file with hashes. */
const TOOLS = {
  uv: { name: 'uv', way: 'uv export --no-emit-project -o requirements.txt' },
  poetry: { name: 'Poetry', way: 'poetry export -f requirements.txt -o requirements.txt' },
  pdm: { name: 'PDM', way: 'pdm export --prod -f requirements -o requirements.txt' },
};
