import type { ProbeAnswer, UnitState } from '../../src/contract/contract-types';

export const RELEASE = '4-1a2b3c4';

/** systemd's id of a start. */
export const invocation = (letter: string): string => letter.repeat(32);

/** The new release, up and listening with two workers. */
export const unit = (changes: Partial<UnitState> = {}): UnitState => ({
  unit: 'shop.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  result: 'success',
  exitStatus: 0,
  mainPid: 100,
  invocation: invocation('a'),
  restarts: 0,
  release: RELEASE,
  workers: [101, 102],
  memoryBytes: null,
  status: '',
  gate: null,
  listener: 'unit',
  ...changes,
});

export const answer = (status: number | null, error: string | null = null): ProbeAnswer => ({
  status,
  body: '',
  headers: {},
  error,
  milliseconds: 1,
});
