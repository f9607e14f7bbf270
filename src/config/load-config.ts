import { existsSync, readFileSync } from 'node:fs';
import { clashesOf } from './checks';
import { ConfigError, type Finding, inFileOrder, type Path, type Problem } from './config-error';
import { CONTROLLER_FORM, type ControllerAddress, parseController } from './controller-address';
import type { HostTarget, ServiceSettings } from './deploy-input';
import { fileSchema, place, type WrittenEnvironment, type WrittenFile } from './file';
import { withInPlace } from './in-place';
import { isSecretValue, secretFindings } from './secrets';
import { BIND, commonSettings, settingsForm } from './settings';
import { at, shapeFindings } from './shape-problems';
import { withoutWrong } from './without-wrong';
import { parseYaml, type YamlFile } from './yaml-file';

/** A `landfall.yaml`, complete and checked. */
export interface Config {
  /** Where it was read from, as given. */
  file: string;
  service: string;
  repository: string;
  /** Folder of the service inside the repository; null: its root. */
  path: string | null;
  /** Where commands reach the controller over SSH; null: the file does not say. */
  controller: ControllerAddress | null;
  /** By name. */
  environments: Map<string, Environment>;
}

/** Where a service is deployed, and how it runs there. */
export interface Environment {
  service: string;
  name: string;
  hosts: HostTarget[];
  batch: number;
  settings: ServiceSettings;
}

/**
 * Reads and checks a `landfall.yaml`: every environment in it, whichever is deployed.
 * Reads only that file; may be called again at any time.
 * @throws ConfigError with every problem found
 */
export function loadConfig(file: string): Config {
  return parseConfig(file, read(file));
}

/** Like {@link loadConfig}, of a text; `file` is the name used in problems. */
export function parseConfig(file: string, text: string): Config {
  const yaml = parseYaml(file, text);
  if (Array.isArray(yaml)) throw new ConfigError(yaml);
  if (yaml.value === null)
    throw new ConfigError([{ file, line: 1, column: 1, key: '', message: 'is empty' }]);
  const parsed = fileSchema.safeParse(yaml.value);
  const secrets = secretFindings(yaml.value);
  const findings = [...secrets, ...shapeFindings(parsed.error?.issues ?? [], yaml.value)];
  // Wrong parts are left out and the rest is checked, so that one error has every problem.
  const shape = parsed.data ?? withoutWrong(yaml.value, findings);
  const environments = Object.entries(shape.environments).map(([name, written]) =>
    resolveEnvironment(shape, name, written, yaml, findings),
  );
  if (findings.length > 0) throw new ConfigError(problemsOf(file, yaml, findings));
  return {
    file,
    service: shape.service,
    repository: shape.repository,
    path: shape.path ?? null,
    controller: shape.controller === undefined ? null : parseController(shape.controller),
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  };
}

/**
 * `controller:` of a file, for commands that need nothing else of it: a mistake elsewhere in the file must not keep a
 * person from `landfall status`.
 * @returns null when the file does not exist, or does not say
 * @throws ConfigError for a file or a value that cannot be read
 */
export function controllerIn(file: string): ControllerAddress | null {
  if (!existsSync(file)) return null;
  const yaml = parseYaml(file, read(file));
  if (Array.isArray(yaml)) throw new ConfigError(yaml);
  const written = at(yaml.value, ['controller']);
  if (written === undefined) return null;
  const parsed = typeof written === 'string' ? parseController(written) : null;
  if (parsed !== null) return parsed;
  const message = `allowed: ${CONTROLLER_FORM}`;
  throw new ConfigError([{ file, ...yaml.placeOf(['controller']), key: 'controller', message }]);
}

/** Adds to `findings` what is impossible in this environment. */
function resolveEnvironment(
  file: WrittenFile,
  name: string,
  written: WrittenEnvironment,
  yaml: YamlFile,
  findings: Finding[],
): Environment {
  const { service } = file;
  const merged = withInPlace(commonSettings.merge(file, written), service);
  const { batch, domain, ...read } = place.read(written, { bind: merged.bind ?? BIND });
  const hosts = read.hosts.map((host) => ({ ...host, domain: host.domain ?? domain }));
  const settings = settingsForm.read(merged, { service });
  for (const { key, message } of clashesOf({ service, settings, hosts, merged, written })) {
    const inEnvironment: Path = ['environments', name, ...key];
    // A wrong part was left out and reported. A clash at the same key only follows from that.
    if (findings.some((known) => isWithin(known.path, inEnvironment) || isWithin(known.path, key))) continue;
    const isCommon = at(yaml.value, inEnvironment) === undefined && at(yaml.value, key) !== undefined;
    findings.push({ path: isCommon ? key : inEnvironment, message });
  }
  return { service, name, hosts, batch, settings };
}

function isWithin(path: Path, parent: Path): boolean {
  return parent.every((step, index) => path[index] === step);
}

/** One problem for each key, in the order of the file. */
function problemsOf(file: string, yaml: YamlFile, findings: Finding[]): Problem[] {
  const problems = new Map<string, Problem>();
  for (const { path, message, atKey } of findings) {
    const key = pathText(path);
    const place = atKey === true ? yaml.placeOfKey(path) : yaml.placeOf(path);
    if (!problems.has(key)) problems.set(key, { file, ...place, key, message });
  }
  return [...problems.values()].sort(inFileOrder);
}

function pathText(path: Path): string {
  return path
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : `.${isSecretValue(step) ? '(not shown)' : step}`,
    )
    .join('')
    .replace(/^\./, '');
}

function read(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new ConfigError([{ file, line: null, column: null, key: '', message: whyUnreadable(error) }]);
  }
}

function whyUnreadable(error: unknown): string {
  if (error instanceof TypeError) return 'is not UTF-8 text';
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT')
    return 'there is no such file; write one (docs/configuration.md shows how) or give its path';
  if (code === 'EISDIR') return 'is a directory; give the path of the file in it';
  return `cannot be read (${String(code)})`;
}
