/**
 * How long a restart or a stop is waited for. The real limit is the TimeoutStopSec of the unit that
 * stops, which may be anybody's; this only ends the waiting for a systemd that does not keep to it.
 */
export const RESTART_LIMIT_MS = 600_000;
