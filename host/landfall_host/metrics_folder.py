"""The folder of prometheus_client for several workers. Most projects empty it at their start.

A start alongside, a pre-import or a rehearsal would so wipe the metrics of the live release. So each has its own,
also where an environment file of root's names a folder: all releases would share that one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Container

VARIABLE = 'PROMETHEUS_MULTIPROC_DIR'
FOLDER = 'prometheus'


def metrics_variable(names: Container[str], runtime_directory: str) -> dict[str, str]:
    """The variable with a folder below this runtime directory, where it is among the names that are set."""
    return {VARIABLE: f'{runtime_directory}/{FOLDER}'} if VARIABLE in names else {}


def with_metrics_folder(names: Container[str], runtime_directory: str) -> list[str]:
    """The runtime directories for systemd to make."""
    return [runtime_directory, *([f'{runtime_directory}/{FOLDER}'] if VARIABLE in names else [])]
