/**
 * The longest wait for a restart or a stop. The real limit is the TimeoutStopSec of the stopping unit, which may be
 * foreign. This limit only ends the wait for a systemd that exceeds it.
 */
export const RESTART_LIMIT_MS = 600_000;
