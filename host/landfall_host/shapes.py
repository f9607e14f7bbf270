"""The types of records in /var/lib/landfall, and of values within the helper.

For the type checker: not imported at run time. The types of requests and answers are in `contract_types`.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple, TypedDict

from landfall_host.contract_types import (
    Address,
    ClaimRecord,
    DependentUnit,
    JobStateState,
    Kept,
    ProcessUnit,
    ProcessValues,
    ReleaseRecord,
)

# Any request or answer: one whose verb is not known yet.
Ask = Dict[str, Any]
Answer = Dict[str, Any]
# A unit's properties by name, as systemd tells them.
Properties = Dict[str, str]
# (variable, value) of each value to hide.
Secrets = List[Tuple[str, str]]
# A process's outcome: (exit status, standard output, standard error).
Outcome = Tuple[int, str, str]


class Modes(TypedDict):
    """The owner and mode that a path had before setup changed them."""

    path: str
    user: int
    group: int
    mode: int


class Made(TypedDict):
    """The record of setup: what it made on this host, and the modes that it changed."""

    users: list[str]
    directories: list[str]
    files: list[str]
    packages: list[str]
    # (user, line of its authorized_keys)
    keys: list[list[str]]
    modes: list[Modes]


class Restart(TypedDict):
    """The last restart: the fence and change that asked for it, and the start that ran before."""

    by: list[int]
    before: str


class MovedCheckout(TypedDict):
    """A checkout that a deploy has moved and that has not ended: where, and the commit to go back to."""

    checkout: str
    commit: str
    # A move was begun, and its end is not known.
    moving: bool
    # The release that it was moved to, and the boot in which that was.
    release: str | None
    boot: str


class Marked(TypedDict, total=False):
    """The last `mark-good`, so that it can be taken back."""

    fence: int
    release: str
    before: str | None
    first: bool
    kept: Kept | None
    # The text of the target of processes that booted before.
    target: str | None
    # The checkout that the deploy had moved; None: none.
    checkout: MovedCheckout | None


class Started(TypedDict):
    invocation: str
    release: str | None


class Followed(TypedDict):
    """The dependents of the last change of what is live: its fence and number, and what was done."""

    by: list[int]
    units: list[DependentUnit]


class StoredProcesses(TypedDict):
    """How the processes of a release run, kept with its record: an older release starts again as it was."""

    units: dict[str, ProcessUnit]
    values: UnitValues
    group: str


class StartedProcesses(TypedDict):
    """The units of the last start of processes: its fence and number, and the unit of each process."""

    by: list[int]
    units: dict[str, str]


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
    dependents: Followed
    processes: StartedProcesses
    # Counts the starts of processes.
    starts: int
    # Variables of root's environment files.
    names: list[str]
    # Absent or None: every checkout is where the last deploy has left it.
    checkout: MovedCheckout | None


class EnvVersion(TypedDict):
    """One version of the variables that `landfall env` keeps."""

    number: int
    changed: str
    by: str
    values: dict[str, str]
    # Name to the version that gave the variable this value, and to its time.
    since: dict[str, list[Any]]


class StoredRelease(ReleaseRecord, total=False):
    """The file of a release: its record, and what only the helper needs of it."""

    run: str
    kept: Kept | None
    folder: str | None
    # Its shared environment, its layer, and the tools that made them.
    environments: list[str]
    # Nothing may be built in it any more.
    completed: bool
    # False: commands have begun to build in it, or will. Its own run alone may use it.
    built: bool
    processes: StoredProcesses
    # The version of the managed environment; None: nothing was set when it was staged.
    env: int | None


class Before(TypedDict, total=False):
    """The unit texts before a run's first change: in force, at boot, and of the socket at boot."""

    unproven: str | None
    boots: str | None
    enabled: bool
    socket: str | None


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


# The facts about a job: (state, end, start).
JobFacts = Tuple[JobStateState, Optional[JobEnd], Optional[JobStart]]


class AskedInterpreter(TypedDict):
    """The answer of an interpreter about itself."""

    # Without links, so that no other one takes its place.
    path: str
    version: str
    # All that determines what an environment is built for.
    build: str
    # A file of its standard library, which its users must be able to read.
    library: str
    makes: bool


class FoundInterpreter(TypedDict):
    """An interpreter of a host, as its deploying user finds it."""

    path: str
    version: str
    library: str
    asked: bool
    standard: bool
    makes: bool


class Tools(TypedDict):
    """The programs on a host that build environments, as far as they are there."""

    interpreters: list[FoundInterpreter]
    uv: str | None


class ReadRequirements(TypedDict):
    """Requirement files: their contents, the lines that pin no version, and whether one names code of the release."""

    contents: list[bytes]
    unpinned: list[str]
    local: bool


class InterpreterVersion(TypedDict, total=False):
    version: str


class NamedEnvironment(InterpreterVersion):
    """An environment by its name, and what the controller has to know of it."""

    name: str
    python: str
    unpinned: list[str]
    ofRelease: bool
    layered: bool


class UnitPlace(TypedDict, total=False):
    # Where the service runs instead of its release.
    directory: str | None


class UnitValues(UnitPlace):
    """The parts of a request that the text of a unit is made of."""

    release: str
    commit: str
    address: Address
    process: ProcessValues


class Served(TypedDict):
    """The first line of a file that setup has written for a proxy."""

    names: list[str]
    passesTo: str
