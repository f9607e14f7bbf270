/** The plan of a setup as lines for a terminal. Pure. */
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import type { Setup } from '../../contract/contract-types';
import { toolsInWords } from '../../deployment/plan/release-settings';

interface Of {
  host: HostTarget;
  /** The user that logs in. */
  as: string;
  settings: ServiceSettings;
}

export function setupLines({ host, as, settings }: Of, plan: Setup['result']): string[] {
  return [
    `On ${host.name}, as ${as}:`,
    ...plan.actions.map(({ done, what }) => `  ${done ? '✓' : '+'} ${what}`),
    ...[...plan.warnings, ...proxyProblem(plan)].map((warning) => `  ! ${warning}`),
    ...toolLines(host, settings, plan),
  ];
}

/** Why no proxy of the host serves the domain; empty: it does, or none was asked for. */
export function proxyProblem({ proxy }: Setup['result']): string[] {
  return proxy?.problem == null ? [] : [proxy.problem];
}

/** The interpreters on the host; empty: not known yet. */
export function toolLines(host: HostTarget, settings: ServiceSettings, { tools }: Setup['result']): string[] {
  if (tools === undefined) return [];
  const { words, missing } = toolsInWords(host.name, settings, { ...tools, uv: tools.uv ?? null });
  return [missing === null ? `  ✓ ${words}` : `  ! ${missing}`];
}
