"""The folder of prometheus_client for several workers. Most projects empty it at their start.

A start alongside, a pre-import or a rehearsal would so wipe the metrics of the live release. So each has its own.
"""

from __future__ import annotations

VARIABLE = 'PROMETHEUS_MULTIPROC_DIR'
FOLDER = 'prometheus'


def metrics_variable(env: dict[str, str], runtime_directory: str) -> dict[str, str]:
    """The variable with a folder below this runtime directory, where landfall.yaml sets it."""
    return {VARIABLE: f'{runtime_directory}/{FOLDER}'} if VARIABLE in env else {}


def with_metrics_folder(env: dict[str, str], runtime_directory: str) -> list[str]:
    """The runtime directories for systemd to make."""
    return [runtime_directory, *([f'{runtime_directory}/{FOLDER}'] if VARIABLE in env else [])]
