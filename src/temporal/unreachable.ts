import { ExpectedError } from '../text/expected-error';

/** The engine did not answer: nothing was started, nothing changed. */
export class EngineUnreachable extends ExpectedError {
  override readonly name: string = 'EngineUnreachable';

  /** @param advice the next step, when it is another one than for an engine without SSH */
  constructor(address: string, cause: unknown, advice?: string) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      [
        `The Temporal engine at ${address} cannot be reached (${why}). Nothing was started.`,
        advice ??
          'Start one with: landfall dev   or name yours in TEMPORAL_ADDRESS (and namespace, TLS, API key).',
      ],
      { cause },
    );
  }
}

/** The controller refused, or did not answer by SSH: nothing was started, nothing changed. */
export class ControllerUnreachable extends ExpectedError {
  override readonly name = 'ControllerUnreachable';
}
