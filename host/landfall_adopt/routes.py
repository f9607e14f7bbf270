"""Which of the usual paths for readiness the running service answers. Each is asked once, with GET."""

from __future__ import annotations

from landfall_host.children import in_time
from landfall_host.probe import get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import Address

PATHS = (
    '/health/ready',
    '/healthz/ready',
    '/ready',
    '/readyz',
    '/healthz',
    '/health',
    '/-/health',
    '/ping',
    '/',
)
MILLISECONDS = 2000


def routes_at(addresses: list[Address]) -> list[dict[str, Any]]:
    """Of the first address that answers."""
    for address in addresses:
        found = []
        for path in PATHS:
            answer = in_time(get, address, path, {}, MILLISECONDS, seconds=MILLISECONDS / 500, otherwise=None)
            if answer is None or answer['status'] is None:
                break
            found.append({'path': path, 'status': answer['status'], 'milliseconds': answer['milliseconds']})
        if found:
            return found
    return []
