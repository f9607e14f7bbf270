"""Made from host/contract.json by `npm run contract`. Change that file instead.

For the type checker: not imported at run time.
"""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict, Union, final

from typing_extensions import NotRequired


class CertificateFiles(TypedDict):
    cert: str
    key: str


DomainProxy = Literal['caddy', 'nginx']


class DomainAcme(TypedDict):
    directory: Optional[str]
    email: Optional[str]
    ca: Optional[str]


class Domain(TypedDict):
    """The names under which a proxy of this host serves the service, with TLS. `proxy` null: the one that the
    host has, else Caddy. `listen` null: every address of the host. `acme`: of the authority that gives
    certificates; `ca`: a file of this host with the certificate of its own authority. `certificate`: files
    of this host instead of ACME.
    """

    names: List[str]
    proxy: Optional[DomainProxy]
    listen: Optional[str]
    acme: DomainAcme
    certificate: Optional[CertificateFiles]


@final
class AddressHost(TypedDict):
    host: str
    port: int


@final
class AddressSocket(TypedDict):
    socket: str


# Where a service listens.
Address = Union[AddressHost, AddressSocket]


class Claim(TypedDict):
    """Proof that a request belongs to the deploy that owns the host. The host refuses (`Fenced`) another
    fence, another run and a lower `seq`. Verbs that change the live unit also refuse a lower `attempt` of
    the same `seq`.
    """

    fence: int
    run: str
    # Counts the live changes of this run on this host, undo included.
    seq: int
    # The activity's attempt.
    attempt: int


class Kept(TypedDict):
    """The kept settings of a good release. The host never looks into them."""

    # JSON: what it takes to start and to probe that release again.
    payload: str
    # HMAC-SHA256 of the payload with the controller's own key.
    signature: str


class Policy(TypedDict):
    """`/etc/landfall/<service>.json`: root's decision about what may be deployed on this host."""

    service: str
    # The user the service runs as.
    user: str
    # The user that Landfall logs in as; owns code and virtual environments.
    deployUser: str
    # `/srv/<service>` unless root chose otherwise.
    base: str
    # Read by systemd, never by the worker; their values are redacted from whatever leaves the host.
    envFiles: List[str]
    # `<service>.service` unless root chose otherwise.
    unit: str
    # Where the service may listen, as `bind:` is written; absent: wherever systemd and Linux let it.
    addresses: NotRequired[List[str]]


ProcessValuesServerName = Literal['gunicorn', 'uvicorn', 'hypercorn', 'granian']


class ProcessValuesServerGate(TypedDict):
    """Settings of Gunicorn that its command line does not have. The gate reads them."""

    # The worker class where neither landfall.yaml nor the project names one.
    standardClass: Optional[str]
    configFile: Optional[str]
    preload: Optional[bool]


class ProcessValuesServer(TypedDict):
    name: ProcessValuesServerName
    # Words after the interpreter. The words `{bind}`, `{host}`, `{port}` and `{socket}` stand for the
    # address, and `{gate}/` before a path for the folder of the gate.
    command: List[str]
    # How long it may finish its requests.
    stopMilliseconds: int
    # Settings of Gunicorn that its command line does not have. The gate reads them.
    gate: ProcessValuesServerGate


# The JSON field of an answer, and the values that mean ready. Absent: a field that says not ready counts.
ProcessValuesReadinessExpect = TypedDict('ProcessValuesReadinessExpect', {
    'field': str,
    'is': List[str],
})


ProcessValuesReadinessCheck = Literal['https', 'tcp', 'command']


class ProcessValuesReadiness(TypedDict):
    """The gate's probe of the app."""

    path: str
    headers: Dict[str, str]
    # The JSON field of an answer, and the values that mean ready. Absent: a field that says not ready counts.
    expect: NotRequired[ProcessValuesReadinessExpect]
    # No field of an answer counts.
    ignoresBody: NotRequired[bool]
    # How the service is asked; absent: by HTTP. With `tcp` and `command` the gate asks nothing.
    check: NotRequired[ProcessValuesReadinessCheck]
    # Good answers in a row that each worker needs; absent: 1.
    successes: NotRequired[int]
    timeoutMilliseconds: int
    requestTimeoutMilliseconds: int


class ProcessValues(TypedDict):
    """How a release's process is to run: values, of which the host renders the unit. However they are quoted,
    they are less than the line of 1 MiB that systemd reads.
    """

    app: str
    env: Dict[str, str]
    server: ProcessValuesServer
    # The gate's probe of the app.
    readiness: ProcessValuesReadiness
    # The release's processes besides its web server, by name; absent: it has none.
    processes: NotRequired[Dict[str, ProcessUnit]]


ProcessUnitStopSignal = Literal['TERM', 'INT', 'QUIT', 'USR1']


class ProcessUnitReady(TypedDict):
    """A command that ends with 0 when the process is up; null: it is up when it stays up."""

    argv: List[str]
    timeoutMilliseconds: int


class ProcessUnit(TypedDict):
    """One process of a release besides its web server. With a `schedule` it is a job that a timer starts."""

    argv: List[str]
    env: Dict[str, str]
    # A calendar of systemd.
    schedule: Optional[str]
    drainMilliseconds: int
    stopSignal: ProcessUnitStopSignal
    stableMilliseconds: int
    # A command that ends with 0 when the process is up; null: it is up when it stays up.
    ready: Optional[ProcessUnitReady]


class DrainingProcess(TypedDict):
    """A process that was told to finish."""

    process: str
    release: str
    unit: str
    until: str


StartedProcessState = Literal['up', 'starting', 'failed']


class StartedProcess(TypedDict):
    unit: ProcessState
    state: StartedProcessState
    # Why it is not up, in words.
    status: str


class CheckoutFacts(TypedDict):
    """A Git checkout that a service runs from, as the deploying user finds it."""

    # The commit that it is at; null: unknown.
    head: Optional[str]
    # Local changes to files that Git tracks, a path each.
    changes: List[str]
    # Other units whose processes work in it. Nothing restarts them.
    units: List[str]
    # Why Landfall cannot move it; null: it can.
    problem: Optional[str]
    # The next step for a person; null: none is needed.
    advice: Optional[str]


class UnitRequest(TypedDict):
    """Asks for the unit of one release."""

    claim: Claim
    release: str
    commit: str
    # Where the service listens.
    address: Address
    process: ProcessValues
    # Where the service runs instead of its release: the checkout, or its folder in it.
    directory: NotRequired[Optional[str]]


JobRequestAs = Literal['service', 'deploy']


# One long command. Named by fence, step and round: asking again finds it instead of starting it twice.
JobRequest = TypedDict('JobRequest', {
    'claim': Claim,
    # Which step it belongs to.
    'step': str,
    # Rises only when a new try is really wanted.
    'round': int,
    # `service`: the service's user with its environment files; `deploy`: the deploying user without them.
    'as': JobRequestAs,
    # Release whose directory it runs in.
    'release': str,
    'argv': List[str],
    'env': Dict[str, str],
    # Name of the environment that it builds, as the deploying user: the one place where it may write
    # permanently.
    'venv': NotRequired[Optional[str]],
    # The job may also write into the release: as the deploying user, and only while nothing of the release
    # has run.
    'writesRelease': NotRequired[Optional[bool]],
    'timeoutMilliseconds': int,
    # null: a share of what the host has available when it starts, so that the live service keeps the rest.
    'memoryMaxBytes': Optional[int],
    # How long to wait for its end before answering `running`.
    'waitMilliseconds': int,
})


class Space(TypedDict):
    """The share of releases in a file system."""

    releases: int
    bytes: int
    inodes: int


class Stopped(TypedDict):
    stopped: bool


@final
class GateResultReady(TypedDict):
    ready: int
    unproven: int
    ms: int
    note: Optional[str]


@final
class GateResultRefused(TypedDict):
    refused: str


@final
class GateResultNone(TypedDict):
    none: str


# How the gate of a release went, as the gate says it (`host/landfall_gate/result.py`). Any process of the
# release can say so too. Either `ready` workers after `ms` milliseconds, of which `unproven` never had a good
# answer. Or why the gate has refused the release, or why there is no gate (`none`).
GateResult = Union[GateResultReady, GateResultRefused, GateResultNone]


class ProcessState(TypedDict):
    """The unit of a process of a release, at one moment."""

    unit: str
    active: str
    result: str
    exitStatus: Optional[int]
    mainPid: Optional[int]
    invocation: str
    restarts: Optional[int]


UnitStateListener = Literal['unit', 'shared', 'other', 'nobody', 'unknown']


class UnitState(TypedDict):
    """One systemd unit, and the processes in it, at one moment. What systemd did not tell is null or
    `unknown`.
    """

    unit: str
    # systemd's LoadState: `loaded`, `not-found`, `bad-setting` …
    load: str
    # ActiveState: `active`, `activating`, `inactive`, `failed`, `deactivating` …
    active: str
    sub: str
    # Result of the last start: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` …
    result: str
    # Exit status (or signal number) of the last main process; 0 while one runs.
    exitStatus: Optional[int]
    # 0: none runs.
    mainPid: Optional[int]
    invocation: str
    # How often systemd restarted it by itself.
    restarts: Optional[int]
    # The release from which the main process was started. Root wrote and systemd read this; the process has
    # no say. null: a foreign process.
    release: Optional[str]
    # Direct children of the main process: Gunicorn's workers.
    workers: List[int]
    memoryBytes: Optional[int]
    # The last `STATUS=` of any of its processes, redacted; empty if that is the gate's result.
    status: str
    # null: it has no gate, or the gate has said nothing yet.
    gate: Optional[GateResult]
    # Who accepts connections on the address of the request. `unit`: this unit alone. `shared`: this and
    # another unit of the service. `other`: another program. `nobody`: none. `unknown`: too many processes or
    # open files. null: the request has no address.
    listener: Optional[UnitStateListener]
    # The long-running processes of that release besides its web server; absent: it has none.
    processes: NotRequired[Dict[str, ProcessState]]


ClaimRecordState = Literal['open', 'closed']


class ClaimRecord(TypedDict):
    fence: int
    run: str
    engine: str
    commit: str
    by: str
    since: str
    state: ClaimRecordState
    outcome: Optional[str]


class ReleaseRecord(TypedDict):
    """One release directory, as recorded by the helper."""

    id: str
    commit: str
    # Digest of what was asked to be in it: tree, `path:` and shared links.
    content: str
    created: str
    # When it passed a whole deploy; null: never.
    good: Optional[str]
    # The release that was last good when this one became it; null: none, or it is not good.
    before: Optional[str]
    # Name of the virtual environment that its `.venv` points to.
    venv: Optional[str]


DependentUnitDid = Literal['restarted', 'left', 'root', 'failed']


class DependentUnit(TypedDict):
    """Such a unit, and what was done: `left` because of the policy, `root` because it runs as root and is
    never touched, `failed`: systemd refused.
    """

    unit: str
    did: DependentUnitDid


class InstalledUnit(TypedDict):
    changed: bool
    # Lines of the diff.
    added: int
    removed: int
    # The changed lines of the text, values of settings masked.
    diff: str
    warnings: List[str]


class HelperBuild(TypedDict):
    version: str
    sha256: str


class Interpreter(TypedDict):
    path: str
    version: str
    asked: bool
    standard: bool
    makes: bool
    serves: bool


class EnvironmentFindings(TypedDict):
    """Lines of environment files that systemd reads otherwise than they are meant, a sentence each, without
    values. `drops`: systemd drops a setting. `notices`: systemd reads another value.
    """

    drops: List[str]
    notices: List[str]


class FileVariable(TypedDict):
    """A variable that an environment file of root's sets."""

    name: str
    file: str


class EnvironmentVersion(TypedDict):
    """A version of the managed environment: when and by whom it was made, and how many variables it has."""

    number: int
    changed: str
    by: str
    count: int


ExaminedAppKind = Literal['asgi', 'wsgi', 'factory', 'missing', 'no-module', 'unknown']


class ExaminedApp(TypedDict):
    """The kind of the app, as the text of its module says. `factory`: a function that makes it. `no-module`,
    `missing`: the release has no such module, or the module no such name.
    """

    kind: ExaminedAppKind
    file: Optional[str]
    line: int
    # The call that makes it, such as `FastAPI`.
    by: Optional[str]


class ExaminedConf(TypedDict):
    """The project's Gunicorn configuration: the names that it sets, as text where the value is written out."""

    file: str
    values: Dict[str, str]
    computed: List[str]


class Examined(TypedDict):
    """The facts in the files of a release about how to start it. Texts of the deploying user."""

    # Name and version, such as `gunicorn 25.0.1`.
    packages: List[str]
    app: ExaminedApp
    conf: Optional[ExaminedConf]
    # Apps that the release has, such as `shop.wsgi:application`.
    candidates: List[str]


class HandMadeLost(TypedDict):
    name: str
    file: Optional[str]
    dropIn: bool


class HandMade(TypedDict):
    """A unit that ran the service before Landfall. `listens`: where its processes accept connections. `lost`:
    names that it sets and no release would have (`file`: its environment file; `dropIn`: a drop-in sets
    it). `directives`: names of directives that the unit of a release has nothing for. `proxy`: a file of a
    web server that passes requests to one of `listens`, where none names the address of the request.
    """

    listens: List[Address]
    user: str
    lost: List[HandMadeLost]
    directives: List[str]
    proxy: Optional[str]


class HostFactsSocket(TypedDict):
    """Where systemd listens for the service: `127.0.0.1:8000` or a path; several with spaces between."""

    active: bool
    listens: str


class HostFactsBoot(TypedDict):
    """The release that a reboot would start (null: nothing, or a unit that is not ours), and whether as an
    instance.
    """

    release: Optional[str]
    enabled: bool
    foreign: bool
    instance: bool


class HostFactsDependents(TypedDict):
    unit: str
    release: Optional[str]


class HostFactsManaged(TypedDict):
    """The newest version of the managed environment, and the version of each release; absent: nothing was
    ever set.
    """

    newest: int
    releases: Dict[str, int]


# A deploy has moved this checkout and has not ended: a rollback moves it back to `from`. Absent: none has.
HostFactsMoved = TypedDict('HostFactsMoved', {
    'checkout': str,
    'from': str,
})


HostFactsProxyKind = Literal['caddy', 'nginx']


class HostFactsProxy(TypedDict):
    """The file that a setup has written for a proxy: the names that it serves, and where it passes their
    requests. Absent: there is none.
    """

    kind: HostFactsProxyKind
    file: str
    names: List[str]
    passesTo: str


class HostFactsProcesses(TypedDict):
    process: str
    release: str
    unit: str
    active: str
    # When systemd ends it at the latest, if it was told to finish.
    until: Optional[str]


class HostFacts(TypedDict):
    """The facts of a host and its services."""

    helper: HelperBuild
    hostname: str
    bootId: str
    # The interpreters of this host, each once, by its real path: first the one asked about (`asked`), then
    # the `standard` one, which is python3. `makes`: it has `venv` with `ensurepip`. `serves`: the service's
    # user may run it.
    interpreters: List[Interpreter]
    uv: Optional[str]
    diskFreeBytes: int
    # The old releases that `make-space` could remove; null: more than 2 GiB and 100,000 inodes are free.
    spare: Optional[Space]
    memoryAvailableBytes: int
    # The memory of the live processes (proportional set size without files); null: none run, or too many do.
    liveMemoryBytes: Optional[int]
    # The program that holds the address of the request; null: none, or the service itself.
    holder: Optional[str]
    # Where systemd listens for the service: `127.0.0.1:8000` or a path; several with spaces between.
    socket: HostFactsSocket
    # Whether the service's own unit has drop-ins.
    dropIns: bool
    warnings: List[str]
    environment: EnvironmentFindings
    policy: Policy
    claim: Optional[ClaimRecord]
    live: UnitState
    # The release that a reboot would start (null: nothing, or a unit that is not ours), and whether as an
    # instance.
    boot: HostFactsBoot
    lastGood: Optional[str]
    # The helper keeps at most a thousand.
    releases: List[ReleaseRecord]
    # By release, of those that may be gone back to: live, last good, and what was good before each.
    kept: Dict[str, Kept]
    # Units that Landfall did not write and that run from a release. `release`: the one that the main process
    # is in; null: its directory is elsewhere.
    dependents: List[HostFactsDependents]
    # The unit that runs for the service, if Landfall did not write it; absent: nothing runs, or a release
    # does.
    handMade: NotRequired[HandMade]
    # The newest version of the managed environment, and the version of each release; absent: nothing was ever
    # set.
    managed: NotRequired[HostFactsManaged]
    # The checkout of the request; absent: none was asked about.
    checkout: NotRequired[CheckoutFacts]
    # A deploy has moved this checkout and has not ended: a rollback moves it back to `from`. Absent: none
    # has.
    moved: NotRequired[HostFactsMoved]
    # The file that a setup has written for a proxy: the names that it serves, and where it passes their
    # requests. Absent: there is none.
    proxy: NotRequired[HostFactsProxy]
    # The leftovers that `repair` would remove, one sentence each.
    leftovers: List[str]
    # The units of processes besides the web server, of every release; absent: there are none.
    processes: NotRequired[List[HostFactsProcesses]]


JobStateState = Literal['running', 'ended', 'lost', 'absent']


class JobState(TypedDict):
    # The unit's name.
    name: str
    # `lost`: it began, and its end is unknown, as after a reboot; `absent`: never started, or forgotten.
    state: JobStateState
    # systemd's word: `success`, `exit-code`, `signal`, `timeout`, `oom-kill` … ; null until it ended.
    result: Optional[str]
    exitStatus: Optional[int]
    elapsedMilliseconds: int
    # The memory limit that it runs with; null: it never began.
    memoryMaxBytes: Optional[int]
    # The end of its standard output and error, redacted; at most 16 KiB.
    output: str


class ProbeAnswer(TypedDict):
    # HTTP status; null when there was no answer.
    status: Optional[int]
    # At most 2 KiB, redacted.
    body: str
    # Header fields, lower case, redacted.
    headers: Dict[str, str]
    # Why there was no answer, in words.
    error: Optional[str]
    milliseconds: int


HelperErrorType = Literal['InvalidRequest', 'InvalidInput', 'SetupNeeded', 'Fenced', 'CommandFailed', 'NoSpace', 'Busy']


class HelperError(TypedDict):
    """Why the helper refused or failed. `InvalidRequest`: the request does not fit this contract. `Busy`:
    another request held the lock for too long; nothing was done.
    """

    # An unknown one is still a refusal.
    type: HelperErrorType
    message: str
    # Output of the command that failed, redacted, at most 16 KiB.
    output: NotRequired[str]


class VersionRequest(TypedDict):
    pass


class InspectRequest(TypedDict):
    python: Optional[str]
    address: Optional[Address]
    # With `layout: in-place`: the checkout that the service runs from.
    checkout: NotRequired[Optional[str]]


class ObserveRequest(TypedDict):
    address: Optional[Address]
    release: NotRequired[Optional[str]]
    waitMilliseconds: NotRequired[int]


class ClaimRequest(TypedDict):
    run: str
    engine: str
    commit: str
    by: str
    takeOver: bool


class ClaimResult(TypedDict):
    fence: int
    tookOver: Optional[ClaimRecord]
    stoppedJobs: List[str]


class RepairRequest(TypedDict):
    claim: Claim


class RepairResult(TypedDict):
    repaired: List[str]


class MakeSpaceRequest(TypedDict):
    claim: Claim
    release: NotRequired[Optional[str]]
    bytes: int
    inodes: int
    environment: bool


class MakeSpaceResult(TypedDict):
    fits: bool
    again: bool
    freeBytes: int
    # With the reserve for what runs on the host.
    neededBytes: int
    removed: Optional[str]
    removedBytes: int
    # The releases that may not go, and their environments.
    staying: Space


class StageRequest(TypedDict):
    claim: Claim
    commit: str
    content: str
    shared: List[str]
    # The service's folder in the release: it runs there, and `shared` is relative to it. Absent: the release
    # itself.
    folder: NotRequired[Optional[str]]
    alongside: NotRequired[bool]
    # Commands will build in it. Until `complete`, only this run may use it: the next one would find half a
    # build.
    builds: NotRequired[bool]
    bytes: int
    sha256: str


class StageResult(TypedDict):
    release: Optional[str]
    reused: bool
    # Nothing is left to build in it.
    built: bool
    # Its version of the managed environment; absent: nothing was ever set.
    environment: NotRequired[int]
    # Facts about the shared paths, for people.
    notes: List[str]


class DiscardRequest(TypedDict):
    claim: Claim
    release: str


class DiscardResult(TypedDict):
    removed: bool


EnvironmentRequestKind = Literal['shared', 'layer', 'tool']


EnvironmentRequestTool = Literal['requirements', 'uv', 'poetry', 'pdm', 'pylock', 'unlocked', 'python']


class EnvironmentRequest(TypedDict):
    claim: Claim
    release: str
    kind: EnvironmentRequestKind
    tool: EnvironmentRequestTool
    # Of a `tool`.
    toolVersion: NotRequired[Optional[str]]
    files: List[str]
    groups: List[str]
    extras: List[str]
    python: str
    # The folder that packages come from, of the release or of the host.
    wheels: NotRequired[Optional[str]]
    # Under a `layer`.
    shared: NotRequired[Optional[str]]


class EnvironmentResult(TypedDict):
    name: str
    path: str
    complete: bool
    # Lines that pin no version.
    unpinned: List[str]
    # The interpreter that was asked about, by its real path. Another tool might find another one by the same
    # name.
    python: str
    # Of that interpreter.
    version: NotRequired[str]
    # Only this release uses it, and its job may write the release.
    ofRelease: bool
    # A layer has to follow.
    layered: bool


class JobWaitRequest(TypedDict):
    fence: int
    step: str
    round: int
    waitMilliseconds: int


class JobStopRequest(TypedDict):
    claim: Claim
    step: str
    round: int


class CompleteRequest(TypedDict):
    claim: Claim
    release: str
    shared: List[str]
    # From the service's folder.
    public: List[str]


class CompleteResultUnread(TypedDict):
    """Users of proxies on this host, and the usual folders of static files that they cannot read; null: none."""

    users: List[str]
    folders: List[str]


class CompleteResult(TypedDict):
    # Users of proxies on this host, and the usual folders of static files that they cannot read; null: none.
    unread: Optional[CompleteResultUnread]
    # Facts about the public paths, for people.
    notes: List[str]


class ExamineRequest(TypedDict):
    release: str
    app: str
    configFile: Optional[str]
    pythonPath: List[str]


RestoreUnitRequestTo = Literal['before', 'boot']


class RestoreUnitRequest(TypedDict):
    claim: Claim
    to: RestoreUnitRequestTo


class RestoreUnitResult(TypedDict):
    restored: bool


RestartRequestDependents = Literal['restart', 'leave']


class RestartRequest(TypedDict):
    claim: Claim
    release: Optional[str]
    dependents: NotRequired[RestartRequestDependents]


RestartResultDid = Literal['restarted', 'already']


class RestartResult(TypedDict):
    did: RestartResultDid
    before: str
    dependents: List[DependentUnit]


class StopRequest(TypedDict):
    claim: Claim


class PreviewUnitRequest(TypedDict):
    commit: str
    address: Address
    process: ProcessValues
    directory: NotRequired[Optional[str]]
    alongside: bool


class StartRequest(TypedDict):
    claim: Claim
    release: str
    address: Address
    trial: bool
    waitMilliseconds: int


StartResultState = Literal['up', 'starting', 'failed']


class StartResult(TypedDict):
    unit: UnitState
    state: StartResultState
    note: Optional[str]


SwitchRequestDependents = Literal['restart', 'leave']


class SwitchRequest(TypedDict):
    claim: Claim
    release: str
    dependents: NotRequired[SwitchRequestDependents]


class SwitchResult(TypedDict):
    stopping: List[str]
    dependents: List[DependentUnit]


class SendCommitRequest(TypedDict):
    claim: Claim
    release: str
    checkout: str
    # The service's folder in the checkout, or the checkout itself.
    directory: str
    bytes: int
    sha256: str


class SendCommitResult(TypedDict):
    present: bool
    head: str
    # Whether a release here has the commit `head`.
    ours: bool
    shallow: bool
    # Paths that Git does not track, and that the commit would overwrite.
    inTheWay: List[str]
    linked: int


class MoveCheckoutRequest(TypedDict):
    claim: Claim
    checkout: str
    release: Optional[str]
    # The rollback target of the deploy; null: it is not a release.
    back: Optional[str]


class MoveCheckoutResult(TypedDict):
    stopped: bool
    # The commit that the checkout is at now; null: nothing was moved.
    at: Optional[str]
    # In a rollback: the commit with the local changes that were made meanwhile; null: none.
    saved: Optional[str]


class MakeRoomRequest(TypedDict):
    claim: Claim
    release: Optional[str]
    closeSocket: bool
    endUser: NotRequired[bool]
    listen: NotRequired[Address]


class MakeRoomResult(TypedDict):
    stopped: bool
    ended: int
    listens: bool


class RemoveInstanceRequest(TypedDict):
    claim: Claim
    release: str


class StartProcessesRequest(TypedDict):
    claim: Claim
    release: str
    names: List[str]
    waitMilliseconds: int


class StartProcessesResult(TypedDict):
    processes: Dict[str, StartedProcess]


class SwitchProcessesRequest(TypedDict):
    claim: Claim
    release: Optional[str]
    names: List[str]


class SwitchProcessesResult(TypedDict):
    draining: List[DrainingProcess]


class FinishProcessesRequest(TypedDict):
    claim: Claim
    names: List[str]
    waitMilliseconds: int


class EnvListRequest(TypedDict):
    nonce: str
    versions: List[int]


class EnvListResultLive(TypedDict):
    """The live release and its version; 0: nothing was set when it was staged."""

    release: str
    version: int


class EnvListResultContentsVariables(TypedDict):
    name: str
    # The version that gave it this value.
    since: int
    changed: str
    digest: str


class EnvListResultContents(TypedDict):
    number: int
    variables: List[EnvListResultContentsVariables]


class EnvListResult(TypedDict):
    # 0: nothing was ever set.
    newest: int
    # The live release and its version; 0: nothing was set when it was staged.
    live: Optional[EnvListResultLive]
    versions: List[EnvironmentVersion]
    contents: List[EnvListResultContents]
    files: List[FileVariable]


class EnvSetRequest(TypedDict):
    set: Dict[str, str]
    unset: List[str]
    base: int
    number: int
    apply: bool
    by: str


class EnvSetResult(TypedDict):
    moved: bool
    before: int
    # The newest version afterwards.
    number: int
    added: List[str]
    changed: List[str]
    removed: List[str]
    # Those of `unset` that are not there.
    missing: List[str]
    # Those that a file of root's sets too.
    files: List[FileVariable]


ProbeRequestCheck = Literal['https', 'tcp']


class ProbeRequest(TypedDict):
    address: Address
    path: str
    headers: Dict[str, str]
    timeoutMilliseconds: int
    # Absent: by HTTP. `https`: the certificate is not verified. `tcp`: a connection, which answers 200.
    check: NotRequired[ProbeRequestCheck]


class ProbeDomainRequest(TypedDict):
    name: str
    # Where the proxy listens.
    address: str
    path: str
    timeoutMilliseconds: int


class ProbeDomainResult(TypedDict):
    # HTTP status; null when there was no answer.
    status: Optional[int]
    # The proxy's certificate for this name, DER in Base64; null: it has shown none.
    certificate: Optional[str]
    # Why this host does not trust it; null: it does, or there is none.
    distrusted: Optional[str]
    # Why there was no answer, in words.
    error: Optional[str]


class EvidenceRequest(TypedDict):
    release: NotRequired[Optional[str]]
    # The process of that release whose journal is wanted; absent: its web server.
    process: NotRequired[str]
    invocation: Optional[str]
    texts: Dict[str, str]


class EvidenceResult(TypedDict):
    unit: UnitState
    journal: List[str]
    texts: Dict[str, str]


class MarkGoodRequest(TypedDict):
    claim: Claim
    release: str
    keep: int
    kept: NotRequired[Kept]
    outcome: str


class MarkGoodResult(TypedDict):
    pruned: List[str]


class FinishRequest(TypedDict):
    claim: Claim
    outcome: str


class FinishResult(TypedDict):
    closed: bool


class SetupRequestRemove(TypedDict):
    """Removes instead what Landfall has here for the service. `data`: also the data, environment files and
    users of the service. `stop`: also when it runs.
    """

    data: bool
    stop: bool


class SetupRequest(TypedDict):
    bytes: int
    policy: Policy
    apply: bool
    authorizedKey: Optional[str]
    # Left out: the caller does not ask for interpreters.
    python: NotRequired[Optional[str]]
    # Where the service is to listen. Left out: nothing is said about it.
    address: NotRequired[Address]
    # Whether a person asks, who takes a service back that was ejected. Left out: such a host is refused.
    takesBack: NotRequired[bool]
    # The clock of the caller, in seconds since 1970.
    now: NotRequired[int]
    # Removes instead what Landfall has here for the service. `data`: also the data, environment files and
    # users of the service. `stop`: also when it runs.
    remove: NotRequired[SetupRequestRemove]
    # The domain that a proxy of this host is to serve; null: none. Left out: the proxy stays as it is.
    domain: NotRequired[Optional[Domain]]


class SetupResultActions(TypedDict):
    # For people: `create system user, no login, shop`.
    what: str
    # Whether the host is so now; false only in a plan.
    done: bool
    # Whether this very call did it.
    changed: bool


class SetupResultTools(TypedDict):
    """Left out: the caller did not ask, or a user is not there yet."""

    interpreters: List[Interpreter]
    uv: Optional[str]


SetupResultProxyKind = Literal['caddy', 'nginx']


class SetupResultProxy(TypedDict):
    """The proxy of the request's domain; left out: none was asked about. `problem`: why it does not serve the
    domain, with the next step; null: it does, or the actions say how it will.
    """

    kind: SetupResultProxyKind
    file: str
    problem: Optional[str]


class SetupResult(TypedDict):
    actions: List[SetupResultActions]
    changed: bool
    warnings: List[str]
    # Of a removal: the things that stay, one sentence each.
    stays: NotRequired[List[str]]
    # Left out: the caller did not ask, or a user is not there yet.
    tools: NotRequired[SetupResultTools]
    # The proxy of the request's domain; left out: none was asked about. `problem`: why it does not serve the
    # domain, with the next step; null: it does, or the actions say how it will.
    proxy: NotRequired[SetupResultProxy]


class EjectRequest(TypedDict):
    bytes: int
    service: str
    apply: bool
    # Where the checkout is to be; null: `<base>/app`. Layout `in-place` has one.
    checkout: Optional[str]
    # Without a login; null: none.
    repository: Optional[str]
    # The service's folder in the repository; null: its root.
    path: Optional[str]
    # Where the service listens, as landfall.yaml says.
    address: Address
    requirements: List[str]
    groups: List[str]
    extras: List[str]
    # Processes of which two must never run.
    singletons: List[str]
    # Commands that build in a tree of a new commit.
    build: List[List[str]]
    # null: nothing migrates.
    migrate: Optional[List[str]]


class EjectResultActions(TypedDict):
    # For people.
    what: str
    # Whether the host is so now; false only in a plan.
    done: bool
    # Whether this very call did it.
    changed: bool


class EjectResult(TypedDict):
    actions: List[EjectResultActions]
    changed: bool
    warnings: List[str]
