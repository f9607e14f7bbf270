import type { DeployStatus } from '../../../src/deployment/status';

/** A deploy of one host that succeeded; tests change what they are about. */
export function status(changes: Partial<DeployStatus> = {}): DeployStatus {
  return {
    service: 'shop',
    environment: 'production',
    requested: 'main',
    commit: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
    by: 'ada@laptop',
    ciRun: null,
    phase: 'ended',
    outcome: 'deployed',
    cancelled: false,
    reason: null,
    trouble: null,
    decisions: [],
    question: null,
    hosts: { web1: { state: 'good', live: '4-1a2b3c4', problem: null } },
    ...changes,
  };
}

export const notReady = {
  type: 'NotReady',
  message: 'shop on web1 was not ready within 60 s: /health/ready: status 503.',
  host: 'web1',
  advice: 'Fix the cause.',
} as const;

export const unreachable = {
  type: 'HostUnreachable',
  message: 'web1 (deploy@web1:22) cannot be reached: no answer in time.',
  host: 'web1',
  advice: 'Check that the host is up.',
} as const;
