/** The choices of a deploy where `landfall.yaml` is silent. They are kept with a good release, which starts with them again. */
import { z } from 'zod';

const path = z.string().max(400);
const files = z.array(path).max(300);
const names = z.array(z.string().max(100)).max(50);

/** Of the project by the tags of its repository, for builds that take it from there; absent: there is none. */
const version = z.string().max(60).optional();

const requirements = z.object({
  tool: z.literal('requirements'),
  /** Relative to the service's folder. */
  files,
  /** `other`: at least one file is not UTF-8, which only pip reads. */
  encoding: z.enum(['utf-8', 'other']),
  /** A line such as `-e .` names code of the release: its environment belongs to that release alone. */
  local: z.boolean(),
  version,
});

const project = {
  /** Everything that decides what is installed: the lock file, and each `pyproject.toml` that it was made from. */
  files,
  groups: names,
  extras: names,
  /** The commit has a package of its own to install. */
  project: z.boolean(),
  version,
};

const locked = z.object({
  tool: z.enum(['uv', 'poetry', 'pdm', 'pylock']),
  /** Relative to the service's folder; `../uv.lock` where the workspace has it. */
  lock: path,
  ...project,
});

/** A bare `pyproject.toml` whose dependencies no lock file pins, as landfall.yaml allows. */
const unlocked = z.object({ tool: z.literal('unlocked'), ...project });

const packaging = z.discriminatedUnion('tool', [requirements, locked, unlocked]);
/** The files from which the packages of a release are installed, and the tool that reads them. */
export type Packaging = z.output<typeof packaging>;

const count = z.int().min(1).max(1_000);
const milliseconds = z.int().min(0).max(86_400_000);
const server = z.object({
  name: z.enum(['gunicorn', 'uvicorn', 'hypercorn', 'granian']),
  interface: z.enum(['asgi', 'wsgi']),
  /** Gunicorn's, as landfall.yaml writes it. Here and below null means: the project decides, else a default. */
  workerClass: z.string().max(200).nullable(),
  /** Gunicorn's, where neither landfall.yaml nor the project names one. */
  standardClass: z.string().max(200).nullable(),
  workers: count.nullable(),
  threads: count.nullable(),
  timeout: milliseconds.nullable(),
  gracefulTimeout: milliseconds.nullable(),
  /** How long a stopping worker may finish its requests, in milliseconds. The host needs it, so it is always known. */
  stop: milliseconds,
  preload: z.boolean().nullable(),
  configFile: path.nullable(),
  options: z.array(z.string().max(1_000)).max(100),
  /** Whether the gate certainly knows this server. Otherwise a release is rehearsed first. */
  gated: z.boolean(),
  /** Where each of these values is from. `preload` is there only where the project's own settings have it. */
  from: z.record(z.string().max(30), z.string().max(200)),
});
/** The server of a release, as one deploy has chosen it. */
export type Server = z.output<typeof server>;

/** The interpreter of the host that makes the environments, by its real path, as it was inspected. */
const interpreter = z.object({
  path,
  version: z.string().max(100),
  /** Why it is this one, for people; empty: it is `python3` of the host. */
  why: z.string().max(400),
});
/** The interpreter of a release on one host. */
export type ChosenInterpreter = z.output<typeof interpreter>;

/** null: not known yet, or kept by a version that knew of nothing to find out. */
export const resolved = z
  .object({
    packaging: packaging.nullable(),
    server: server.nullable(),
    interpreter: interpreter.nullable().default(null),
    /** The version that uv is to bring, or specifiers for it; null: the interpreter is the host's own. */
    managed: z.string().max(200).nullable().default(null),
  })
  .nullable();
export type Resolved = z.output<typeof resolved>;
