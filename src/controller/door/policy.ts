/** `policy.yaml` of a controller: root's word on what may be deployed, and on what each key may ask for. Pure. */
import { z } from 'zod';
import { ConfigError } from '../../config/config-error';
import type { HostTarget } from '../../config/deploy-input';
import { hosts } from '../../config/file';
import { BIND } from '../../config/settings';
import { environmentName, insideRelease, repository, serviceName } from '../../config/values';
import { parseYaml } from '../../config/yaml-file';
import { GRANTS } from './grammar';
import { KEY_NAME } from './key-name';

export interface ServicePolicy {
  repository: string;
  /** Folder of the service inside the repository; null: its root. */
  path: string | null;
  /** Where landfall.yaml lies in the repository; null: in `path`, else in the root. */
  config: string | null;
  /** Branches and tags that may be deployed; null: all of them. */
  refs: string[] | null;
  /** The hosts of each environment. */
  environments: Map<string, Pinned[]>;
}

/** A machine that a service may be deployed to: exactly this login. */
export type Pinned = Pick<HostTarget, 'address' | 'port' | 'user'>;

export interface KeyPolicy {
  /** Reaches the engine itself, so no list limits this key. */
  operator: boolean;
  services: string[];
  environments: string[];
  /** `deploy`, or with an option that overrules others: `deploy --supersede`. */
  commands: string[];
  /** How many may be open at a time; absent: ten. */
  sessions?: number | undefined;
}

export interface Policy {
  /** null: every service is allowed, as without a policy. */
  services: Map<string, ServicePolicy> | null;
  keys: Map<string, KeyPolicy>;
}

const REF_PATTERN = /^[A-Za-z0-9_*][A-Za-z0-9._/*+-]{0,254}$/;
const names = (name: z.ZodType<string>) => z.array(name).max(200).default([]);

const service = z.strictObject({
  repository: repository.written,
  path: insideRelease.written.nullish(),
  config: insideRelease.written.nullish(),
  refs: z
    .array(z.string().regex(REF_PATTERN, { error: "branches and tags such as main or 'v*'" }))
    .min(1)
    .max(100)
    .nullish(),
  environments: z.record(environmentName.written, z.strictObject({ hosts: hosts.written })),
});

const key = z.strictObject({
  operator: z.boolean().default(false),
  services: names(serviceName.written),
  environments: names(environmentName.written),
  commands: names(z.enum(GRANTS, { error: `allowed: ${GRANTS.join(', ')}` })),
  sessions: z.int().min(1).max(1_000).optional(),
});

const schema = z.strictObject({
  services: z.record(serviceName.written, service).nullish(),
  keys: z.record(z.string().regex(KEY_NAME, { error: 'names such as github-shop' }), key).nullish(),
});

/** @throws ConfigError with every problem. A policy that cannot be read allows nothing */
export function parsePolicy(file: string, text: string): Policy {
  const yaml = parseYaml(file, text);
  if (Array.isArray(yaml)) throw new ConfigError(yaml);
  const parsed = schema.safeParse(yaml.value ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const steps = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
      const message = issue.code === 'invalid_key' ? `allowed: ${issue.issues[0]?.message}` : issue.message;
      return { file, ...yaml.placeOf(steps), key: steps.join('.'), message };
    });
    throw new ConfigError(problems);
  }
  const { services, keys } = parsed.data;
  return {
    services: services ? new Map(Object.entries(services).map(([name, of]) => [name, serviceOf(of)])) : null,
    keys: new Map(Object.entries(keys ?? {})),
  };
}

function serviceOf({
  repository,
  path,
  config,
  refs,
  environments,
}: z.output<typeof service>): ServicePolicy {
  const pinned = Object.entries(environments).map(([name, written]) => {
    const machines = hosts.read(written.hosts, { bind: BIND });
    return [name, machines.map(({ address, port, user }) => ({ address, port, user }))] as const;
  });
  return {
    repository,
    path: path ?? null,
    config: config ?? null,
    refs: refs ?? null,
    environments: new Map(pinned),
  };
}
