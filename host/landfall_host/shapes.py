"""The shapes of requests, answers and records. For the type checker: not imported at run time.

`contract.json` describes what travels. The rest lies in /var/lib/landfall, and only this program reads it.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple, TypedDict, Union, final

# A verb's fields, as `contract` has checked them; and its result.
Ask = Dict[str, Any]
Answer = Dict[str, Any]
# A unit's properties by name, as systemd tells them.
Properties = Dict[str, str]
# (variable, value) of each value to hide.
Secrets = List[Tuple[str, str]]
# A process's outcome: (exit status, standard output, standard error).
Outcome = Tuple[int, str, str]


@final
class TcpAddress(TypedDict):
    host: str
    port: int


@final
class SocketAddress(TypedDict):
    socket: str


Address = Union[TcpAddress, SocketAddress]


class Policy(TypedDict, total=False):
    """/etc/landfall/<service>.json: root's decision."""

    service: str
    user: str
    deployUser: str
    base: str
    envFiles: list[str]
    unit: str
    addresses: list[str]


class Claim(TypedDict):
    """Shows that a request belongs to the run that owns the host."""

    fence: int
    run: str
    seq: int
    attempt: int


class ClaimRecord(TypedDict):
    fence: int
    run: str
    engine: str
    commit: str
    by: str
    since: str
    state: str
    outcome: str | None


class Restart(TypedDict):
    """The last restart: the fence and change that asked for it, and the start that ran before."""

    by: list[int]
    before: str


class Marked(TypedDict):
    """The last `mark-good`, so that it can be taken back."""

    fence: int
    release: str
    before: str | None
    first: bool
    kept: dict[str, str] | None


class Started(TypedDict):
    invocation: str
    release: str | None


class State(TypedDict, total=False):
    """state.json of a service."""

    fence: int
    claim: ClaimRecord | None
    runs: dict[str, int]
    # The number of the newest release.
    number: int
    # The last change of what is live: its number and its attempt.
    mark: list[int]
    restart: Restart | None
    # The fence and change that last asked for the start of an instance.
    start: list[int] | None
    lastGood: str | None
    marked: Marked | None
    tookOver: ClaimRecord | None
    started: Started
    # Variables of root's environment files.
    names: list[str]


class ReleaseRecord(TypedDict, total=False):
    id: str
    commit: str
    content: str
    created: str
    good: str | None
    before: str | None
    venv: str | None
    run: str
    kept: dict[str, str] | None


class Before(TypedDict, total=False):
    """The unit texts before a run's first change: in force, at boot, and of the socket at boot."""

    unproven: str | None
    boots: str | None
    enabled: bool
    socket: str | None


class UnitState(TypedDict):
    unit: str
    load: str
    active: str
    sub: str
    result: str
    exitStatus: int | None
    mainPid: int | None
    invocation: str
    restarts: int | None
    release: str | None
    workers: list[int]
    memoryBytes: int | None
    status: str
    gate: dict[str, int | str | None] | None
    listener: str | None


class JobStart(TypedDict, total=False):
    """The marker of a job that was started."""

    boot: str
    # The user and the directory of the environment that the job builds.
    builds: list[str] | None
    at: float
    timeoutMilliseconds: int
    memoryMaxBytes: int | None


class JobEnd(TypedDict, total=False):
    result: str
    exitStatus: int | None
    at: float
    unitFailed: bool
    # The lines that systemd logged instead of running the job.
    said: str


JobState = Tuple[str, Optional[JobEnd], Optional[JobStart]]


class Interpreter(TypedDict):
    path: str
    version: str
    id: str
    build: str
