/** The steps that bring a release to a host, and prove it before it serves. */
import type { DeployInput, ServiceSettings } from '../config/deploy-input';
import { checkoutOf, directoryIn } from '../config/in-place';
import type { DeployPlan, PlannedRelease } from '../deployment/plan/deploy-plan';
import type { ProjectFacts } from '../deployment/project/facts';
import {
  interpreterInput,
  packagingOf,
  pythonOf,
  withInterpreter,
  withServer,
} from '../deployment/project/with-facts';
import { abortOnFirst } from './abort-on-first';
import { UNIT_LIMIT_MS } from './execute-step';
import type { Host } from './host';
import { importApp } from './import-app';
import { lasting } from './steps';

/** The release of a deploy on one host, and how it is put into service. */
export interface Undertaking {
  release: PlannedRelease;
  settings: ServiceSettings;
  plan: DeployPlan;
}

/** Beyond the time that the host may take for many public files. */
const EXAMINE_LIMIT_MS = 300_000;

/** @returns the name of the release on that host, and whether nothing is left to build in it */
export async function fetchRelease(
  host: Host,
  { repository, path }: DeployInput,
  commit: string,
  settings: ServiceSettings,
  { project, plenty }: { project: ProjectFacts | null; plenty: boolean },
): Promise<{ release: string; built: boolean }> {
  const { shared, wheels, strategy, base, build, env, public: open } = settings;
  const python = pythonOf(settings);
  const packaging = packagingOf(settings);
  const whole = project?.ships.what === 'repository';
  const alongside = strategy === 'overlap';
  const what = {
    commit,
    repository,
    path,
    whole,
    shared,
    wheels,
    python,
    packaging,
    alongside,
    base,
    plenty,
  };
  const made = { build, env, public: open };
  const steps = lasting(`${host.name}: fetch ${commit.slice(0, 7)}`, 900_000);
  const fetched = await steps.fetchRelease({ ...host.claimed, ...what, ...made });
  host.staged(fetched.release, fetched.environment);
  return fetched;
}

/** With layout `in-place`: the checkout gets the commit's objects, and stays where it is. Else nothing. */
export async function sendCommit(
  host: Host,
  { repository, path }: DeployInput,
  { release, settings }: Undertaking,
): Promise<void> {
  const [checkout, directory] = [checkoutOf(settings), directoryIn(settings, path)];
  if (checkout === null || directory === null) return;
  const { id, commit } = release;
  const input = { ...host.claimed, release: id, commit, repository, checkout, directory };
  const steps = lasting(`${host.name}: send ${commit.slice(0, 7)} to ${checkout}`, 900_000);
  await steps.sendCommit(input);
}

/**
 * An environment that is there already costs one question.
 * @returns the settings with the interpreter of the environment
 */
export async function installDependencies(
  host: Host,
  uv: string | null,
  release: string,
  settings: ServiceSettings,
): Promise<ServiceSettings> {
  const { base, installTimeout, installMemory, wheels } = settings;
  const made = { packaging: packagingOf(settings), ...interpreterInput(settings), uv };
  const input = { ...host.claimed, release, ...made, base, wheels, installTimeout, installMemory };
  const steps = lasting(`${host.name}: dependencies`, installTimeout);
  const { interpreter } = await steps.installDependencies(input);
  return interpreter === null ? settings : withInterpreter(settings, interpreter);
}

/** As landfall.yaml declares it; nothing where it declares none. */
export async function buildRelease(host: Host, release: string, settings: ServiceSettings): Promise<void> {
  const { build, env } = settings;
  if (build === null) return;
  const input = { ...host.claimed, release, env, build };
  await lasting(`${host.name}: build in ${release}`, build.timeout).buildRelease(input);
}

/** The server of a new release, and its app, as its files and landfall.yaml say. A release that stands has both. */
export async function examineRelease(
  host: Host,
  release: string,
  settings: ServiceSettings,
  project: ProjectFacts | null,
): Promise<ServiceSettings> {
  if (project === null) return settings;
  const { apps, entrypoint, pythonPath } = project;
  const input = { ...host.claimed, release, settings, apps, entrypoint, pythonPath };
  const steps = lasting(`${host.name}: how to start ${release}`, EXAMINE_LIMIT_MS);
  return withServer(settings, await steps.examineRelease(input));
}

/** @param proves whether the release proves here already that it can be imported */
export async function proveRelease(host: Host, undertaking: Undertaking, proves: boolean): Promise<void> {
  const proofs = proves ? [preImport] : [];
  await abortOnFirst([...proofs, installInstance], (step) => step(host, undertaking));
}

/** The unit of a release that runs alongside others has no effect until it is started. */
export async function installInstance(host: Host, undertaking: Undertaking): Promise<void> {
  const { release, settings, plan } = undertaking;
  if (plan.how !== 'alongside') return;
  const { id, commit } = release;
  const input = { ...host.claimed, release: id, commit, settings };
  await lasting(`${host.name}: unit of ${id}`, UNIT_LIMIT_MS).installInstance(input);
}

/** Nothing where the start proves the import. */
export async function preImport(host: Host, { release, settings, plan }: Undertaking): Promise<void> {
  if (plan.preImports) await importApp(host, release.id, settings);
}

/** As landfall.yaml declares it; nothing where it declares none. */
export async function migrate(host: Host, { release, settings }: Undertaking): Promise<void> {
  const { migrate: migration } = settings;
  if (migration === null) return;
  host.fact.ran = true;
  const input = { ...host.claimed, release: release.id, env: settings.env, migrate: migration };
  await lasting(`${host.name}: migrate`, migration.timeout).migrate(input);
}

export async function rehearse(host: Host, { release, settings }: Undertaking): Promise<void> {
  const { rehearse: limits } = settings;
  if (limits === null) return;
  host.fact.ran = true;
  const input = { ...host.claimed, release: release.id, settings: { ...settings, rehearse: limits } };
  await lasting(`${host.name}: rehearse on a private socket`, limits.timeout).rehearse(input);
}
