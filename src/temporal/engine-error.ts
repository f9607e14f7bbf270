import { isGrpcServiceError, NamespaceNotFoundError, ServiceError } from '@temporalio/client';

/** Whether the SDK threw this because the engine refused or was lost. */
export function isEngineError(error: unknown): error is Error {
  return (
    error instanceof ServiceError || error instanceof NamespaceNotFoundError || isGrpcServiceError(error)
  );
}

/** The engine's own words. The message of the SDK only names the failed call. */
export function engineErrorText(error: Error): string {
  if (error instanceof NamespaceNotFoundError) {
    return `The engine has no namespace ${error.namespace}. What to do: correct TEMPORAL_NAMESPACE, or create the namespace.`;
  }
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
