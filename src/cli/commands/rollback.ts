import { type DeployOptions, deploy } from './deploy';

export interface RollbackOptions extends DeployOptions {
  /** Watches the release for the whole time of `soak:`, as after its first deploy. */
  soak?: boolean;
}

/** `landfall rollback`: a deploy of the good release before the live one. @returns the exit code */
export async function rollbackCommand(service: string, options: RollbackOptions): Promise<number> {
  const source = { previous: true, soak: options.soak ?? false } as const;
  // The live release may be the reason for the rollback, so the command does not ask that it is ready.
  return deploy(service, { ...options, fixForward: true, again: true }, source);
}
