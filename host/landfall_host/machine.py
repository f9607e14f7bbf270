"""Figures of this machine."""

from __future__ import annotations

import re
import time

from landfall_host.files import read_text


def boot_id() -> str:
    return (read_text('/proc/sys/kernel/random/boot_id') or '').strip()


def since_boot() -> float:
    """Seconds of a clock that is never set. So a difference is the time that something took."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def memory_available() -> int:
    """Bytes that new processes can have before the kernel swaps. 0 when the kernel does not say."""
    available = re.search(r'MemAvailable:\s+(\d+)', read_text('/proc/meminfo') or '')
    return int(available.group(1)) * 1024 if available else 0
