"""The processes of a release besides its web server: started, made live, and told to finish."""

from __future__ import annotations

from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import (
        FinishProcessesRequest,
        StartProcessesRequest,
        StartProcessesResult,
        Stopped,
        SwitchProcessesRequest,
        SwitchProcessesResult,
    )
    from landfall_host.state import Host


def verb_start_processes(host: Host, ask: StartProcessesRequest, stdin: BinaryIO) -> StartProcessesResult:
    raise no_processes(host, ask['release'])


def verb_switch_processes(host: Host, ask: SwitchProcessesRequest, stdin: BinaryIO) -> SwitchProcessesResult:
    raise no_processes(host, ask['release'])


def verb_finish_processes(host: Host, ask: FinishProcessesRequest, stdin: BinaryIO) -> Stopped:
    raise no_processes(host, None)


def no_processes(host: Host, release: str | None) -> Refused:
    return Refused(
        'InvalidInput', f'{release or host.policy["service"]} has no processes besides its web server.'
    )
