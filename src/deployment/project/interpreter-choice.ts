/** The interpreter of a host that makes the environments of a release. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { ChosenInterpreter } from '../../config/resolved';
import type { Interpreter } from '../../contract/contract-types';
import type { ProjectFacts, Refusal } from './facts';
import { compareVersions, fits, isOf, parseVersion } from './python-version';

/** The key that has an interpreter brought by uv. */
export const MANAGED = 'managed';

/** The name or path that a host is asked for; null: none in particular. */
export function askedPython({ python }: Pick<ServiceSettings, 'python'>): string | null {
  if (python === null || python === MANAGED) return null;
  const version = /^3\.\d+/.exec(python)?.[0];
  return version === undefined ? python : `python${version}`;
}

/** The version that uv is asked for: `.python-version`, else `requires-python`, else the newest Python. */
export function managedVersion(project: Pick<ProjectFacts, 'interpreter'> | null): string {
  const { wanted, requires } = project?.interpreter ?? { wanted: null, requires: null };
  return wanted ?? (requires !== null && SPECIFIERS.test(requires) ? requires.trim() : '3');
}

/** As `host/contract.json` has it. */
const SPECIFIERS = /^\s*[0-9<>=~!][0-9A-Za-z.,<>=~!*+ -]{0,99}\s*$/;

/** The programs of a host that make environments. */
export interface Tools {
  host: string;
  interpreters: Interpreter[];
  uv: string | null;
}

export interface Wishes extends Pick<ServiceSettings, 'python'> {
  /** The user of the service, who runs it. */
  user: string;
  /** null: nothing is known of the commit. */
  project: Pick<ProjectFacts, 'interpreter' | 'packaging'> | null;
}

/**
 * `python:` as written; else `.python-version`; else `requires-python`, for which `python3` of the host is preferred and
 * then the newest one.
 * @returns the refusal when none of the host's does; null when uv is to bring one
 */
export function chooseInterpreter(
  tools: Tools,
  wishes: Wishes,
): ChosenInterpreter | { refusal: Refusal } | null {
  const { uv, interpreters } = tools;
  const standard = interpreters.find((each) => each.standard);
  if (wishes.python === MANAGED) {
    const makes = uv !== null || standard?.makes !== false;
    return makes ? null : { refusal: noVenv(tools.host, standard?.path ?? '/usr/bin/python3') };
  }
  const wish = wishOf(wishes);
  const fitting = interpreters.filter((each) => wish.isMet(each));
  if (fitting.length === 0) return { refusal: noneFits(tools, wish) };
  const [best] = fitting.filter(({ serves }) => serves).sort(wish.order);
  if (best === undefined) return { refusal: notForService(tools.host, fitting, wishes.user) };
  const { path, version } = best;
  if (uv === null && !best.makes) return { refusal: noVenv(tools.host, path) };
  const other = otherRelease(wish, version);
  const because = best.standard && other === '' ? '' : (wish.from ?? '');
  return { path, version, why: [because, other].filter((each) => each !== '').join('; ') };
}

interface Wish {
  /** `>=3.12`, for people. */
  words: string;
  /** Where it is written; null: nowhere. */
  from: string | null;
  isMet: (interpreter: Interpreter) => boolean;
  order: (one: Interpreter, other: Interpreter) => number;
  /** A release such as `3.12.4`, of which others of 3.12 will do as well. */
  release: string | null;
  /** The installer asks for the Python that pyproject.toml requires, whatever is written. */
  isAsked: boolean;
}

function wishOf({ python, project }: Wishes): Wish {
  const { wanted, requires, from } = project?.interpreter ?? { wanted: null, requires: null, from: null };
  // pip does not look at the Python of a project that it does not install.
  const isAsked = project?.packaging != null && project.packaging.tool !== 'requirements';
  const free = { order: byPreference, release: null, isAsked };
  const meets = (each: Interpreter) => requires === null || fits(each.version, requires);
  if (python !== null) {
    const minor = MINOR.exec(python)?.[1] ?? null;
    const isIt = (each: Interpreter) => (minor === null ? each.asked : isOf(each.version, minor));
    const isMet = (each: Interpreter) => isIt(each) && (!isAsked || meets(each));
    const both = isAsked && requires !== null ? ` and ${requires} of pyproject.toml` : '';
    return { ...free, words: `${python}${both}`, from: 'python: in landfall.yaml', isMet };
  }
  if (wanted !== null) {
    const minor = wanted.split('.').slice(0, 2).join('.');
    const isMet = (each: Interpreter) => isOf(each.version, minor) && (!isAsked || meets(each));
    const order = (one: Interpreter, other: Interpreter) =>
      Number(isOf(other.version, wanted)) - Number(isOf(one.version, wanted)) || byPreference(one, other);
    return { ...free, words: wanted, from, isMet, order, release: wanted === minor ? null : wanted };
  }
  // A candidate of the next Python is there for a reason, but not for this.
  const isMet = (each: Interpreter) => meets(each) && (each.standard || !isPre(each));
  return { ...free, words: requires ?? 'python3', from, isMet: requires === null ? isStandard : isMet };
}

/** `3.12`, `3.12.4` and `python3.12` mean that version, wherever it is. */
const MINOR = /^(?:python)?(3\.\d+(?:\.\d+)?)$/;

function isStandard({ standard }: Interpreter): boolean {
  return standard;
}

function isPre({ version }: Interpreter): boolean {
  return parseVersion(version)?.isPre ?? false;
}

/** The one that was asked for, then `python3`, then the newest. */
function byPreference(one: Interpreter, other: Interpreter): number {
  const parts = ({ version }: Interpreter) => parseVersion(version)?.parts ?? [];
  return (
    Number(other.asked) - Number(one.asked) ||
    Number(other.standard) - Number(one.standard) ||
    compareVersions(parts(other), parts(one))
  );
}

function otherRelease({ release, from }: Wish, version: string): string {
  if (release === null || isOf(version, release)) return '';
  return `${from ?? 'the project'} names ${release}`;
}

function noneFits({ host, interpreters }: Tools, { words, from, isAsked }: Wish): Refusal {
  const has = interpreters.map(inWords).join(', ');
  const version = /3\.\d+/.exec(words)?.[0];
  const isKey = from === 'python: in landfall.yaml';
  const install = `Install ${version === undefined ? 'python3 and python3-venv' : `python${version} (with its venv)`} there`;
  const other = isKey
    ? ', correct `python:` in landfall.yaml'
    : isAsked
      ? ''
      : ', write python: python3 to use that one';
  return {
    message: `${host} has no Python that fits ${words}${isKey || from === null ? '' : ` (${from})`}: it has ${has === '' ? 'none' : has}.`,
    advice: `${install}${other}, or write python: ${MANAGED}: uv then brings one.`,
  };
}

function notForService(host: string, [first]: Interpreter[], user: string): Refusal {
  const path = first?.path ?? '';
  return {
    message: `${path} on ${host} cannot be run by ${user}, the user of the service.`,
    advice: `Write python: ${MANAGED}, or install an interpreter for all users, outside of a home.`,
  };
}

function noVenv(host: string, path: string): Refusal {
  const name = /python3\.\d+$/.exec(path)?.[0];
  const other = name === undefined ? '' : ` (or ${name}-venv)`;
  return {
    message: `${host} has neither uv nor python3-venv, so ${path} can make no environment.`,
    advice: `Run there as root: apt install python3-venv${other}`,
  };
}

function inWords({ version, path, serves }: Interpreter): string {
  return `${version} (${path}${serves ? '' : ', which the service cannot run'})`;
}
