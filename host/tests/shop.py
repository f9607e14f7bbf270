"""The service that unit tests are about."""

from __future__ import annotations

from landfall_host.state import Host


def shop() -> Host:
    """As root allowed it. Nothing of it is on this machine."""
    return Host(
        {
            'service': 'shop',
            'user': 'u',
            'deployUser': 'd',
            'base': '/x',
            'envFiles': [],
            'unit': 'shop.service',
        }
    )
