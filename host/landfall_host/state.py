"""One service on this host: what root allowed (policy), who has claimed it, and the lock around changes."""

from __future__ import annotations

import os

from landfall_host.accounts import account
from landfall_host.contract import LIMITS, check
from landfall_host.files import read_json, write_json
from landfall_host.places import BOOT_UNITS, ETC, UNPROVEN_UNITS, VAR
from landfall_host.protocol import Refused, check_request
from landfall_host.waiting import lock_within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import Claim, ClaimRecord, Policy
    from landfall_host.shapes import State

LOCK_SECONDS = LIMITS['lockSeconds']


def empty_state() -> State:
    return {
        'fence': 0,
        'claim': None,
        'runs': {},
        'number': 0,
        'mark': [0, 0],
        'restart': None,
        'start': None,
        'lastGood': None,
        'marked': None,
        'tookOver': None,
    }


class Host:
    """One service on this host: what root allowed, where things are, who has claimed it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.service, self.user, self.deployer = policy['service'], policy['user'], policy['deployUser']
        self.base, self.unit = policy['base'], policy['unit']
        self.stem = self.unit[: -len('.service')]
        self.socket = self.stem + '.socket'
        self.releases, self.venvs, self.shared = (
            os.path.join(self.base, name) for name in ('releases', 'venvs', 'shared')
        )
        self.var = os.path.join(VAR, self.service)
        self.unproven = os.path.join(UNPROVEN_UNITS, self.unit)
        self.boots = os.path.join(BOOT_UNITS, self.unit)
        self.socket_unproven = os.path.join(UNPROVEN_UNITS, self.socket)
        self.socket_boots = os.path.join(BOOT_UNITS, self.socket)
        # The open lock file.
        self.held: int | None = None
        # Paths to remove when the lock is free again.
        self.trash: list[str] = []
        self._state: State | None = None

    def release(self, release: str) -> str:
        return os.path.join(self.releases, release)

    def workdir(self, release: str) -> str:
        """Where a release runs: its directory, or the service's folder in it, as root's record says."""
        entry = read_json(os.path.join(self.var, 'releases', release + '.json'))
        return os.path.join(self.release(release), (entry or {}).get('folder') or '').rstrip('/')

    def job(self, name: str) -> str:
        """The directory of one job: marker, starts, output, result."""
        return os.path.join(self.var, 'jobs', name)

    def instance(self, release: str) -> str:
        """The unit of one release, where several may run alongside each other."""
        return f'{self.stem}@{release}.service'

    @property
    def state(self) -> State:
        return self.load() if self._state is None else self._state

    def load(self) -> State:
        """Reads the state from disk again."""
        kept: State | None = read_json(os.path.join(self.var, 'state.json'))
        self._state = kept or empty_state()
        return self._state

    def save(self) -> None:
        write_json(os.path.join(self.var, 'state.json'), self.state)

    def lock(self) -> State:
        """Held until this process ends, or `unlock`. Reads the state afresh."""
        self.held = os.open(os.path.join(self.var, 'lock'), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not lock_within(self.held, LOCK_SECONDS):
            raise Refused(
                'Busy',
                f'Another request has been changing {self.service} on this host for {LOCK_SECONDS} s. '
                'Nothing was done. Try again.',
            )
        return self.load()

    def unlock(self) -> None:
        if self.held is not None:
            os.close(self.held)
        self.held = None

    def check_claim(self, claim: Claim, live: bool = False, closed: bool = False) -> None:
        """Refuses anybody but the run that owns this host, and anything later overtaken by it."""
        owner, mark = self.state['claim'], self.state['mark']
        if owner is None:
            raise Refused('Fenced', f'No deploy has claimed {self.service} on this host.')
        if (claim['fence'], claim['run']) != (owner['fence'], owner['run']):
            raise Refused(
                'Fenced', f'Fence {claim["fence"]} is not the present one: {describe_claim(owner)}.'
            )
        ended = owner['state'] == 'closed' and not closed
        if ended and not self.was_closed_as_good:
            raise Refused('Fenced', f'This deploy has ended on this host: {describe_claim(owner)}.')
        late = [claim['seq'], claim['attempt']] < mark if live else claim['seq'] < mark[0]
        if late:
            raise Refused(
                'Fenced',
                f'Change {claim["seq"]}, attempt {claim["attempt"]} comes too late: change {mark[0]}, '
                f'attempt {mark[1]} was already made.',
            )
        if ended:
            owner['state'], owner['outcome'] = 'open', None
        if live:
            self.state['mark'] = [claim['seq'], claim['attempt']]
        if ended or live:
            self.save()

    @property
    def was_closed_as_good(self) -> bool:
        """Whether a `mark-good` has closed the claim. Its run may not know: the answer may have been lost.

        Then the run repeats that request, or rolls the release back. Its later requests open the claim again. All its
        earlier ones have a lower `seq`, and come too late.
        """
        owner, marked = self.state['claim'], self.state['marked']
        return owner is not None and marked is not None and marked['fence'] == owner['fence']

    def close_claim(self, outcome: str) -> None:
        """Ends the deploy that owns this host. The first outcome stays. Saves the state."""
        owner = self.state['claim']
        if owner and owner['state'] == 'open':
            owner['state'], owner['outcome'] = 'closed', outcome
            # Where its checkout is now is where it stays.
            self.state['checkout'] = None
        self.save()


def describe_claim(owner: ClaimRecord) -> str:
    end = 'open' if owner['state'] == 'open' else f'closed as {owner["outcome"]}'
    commit, by = owner['commit'][:12], owner['by']
    return f'fence {owner["fence"]}, commit {commit} by {by} since {owner["since"]}, {end}'


def ejected_file(service: str) -> str:
    """Written by `landfall eject`: what its units need. The next setup takes the host back, and removes it."""
    return os.path.join(VAR, service, 'ejected.json')


def load_host(service: Any) -> Host:
    """Refuses a service that Landfall has given back, and one that root has not set up."""
    host = read_host(service)
    check_not_ejected(host.service)
    return host


def check_not_ejected(service: str) -> None:
    if os.path.lexists(ejected_file(service)):
        raise Refused(
            'SetupNeeded',
            f'{service} was given back on this host by `landfall eject`: it runs without Landfall. '
            '`landfall adopt` reads how it runs now, and `landfall setup` takes it back.',
        )


def read_host(service: Any) -> Host:
    check_request('serviceName', service, 'service')
    path = os.path.join(ETC, service + '.json')
    policy = read_json(path)
    if policy is None:
        raise Refused(
            'SetupNeeded',
            f'This host is not set up for {service} ({path} is missing). Run `landfall setup`.',
        )
    try:
        check('policy', policy)
    except ValueError as error:
        raise Refused('SetupNeeded', f'{path} is not valid: {error}. Run `landfall setup`.') from error
    caller = os.environ.get('SUDO_UID', '0')
    if caller not in ('0', str(account(policy['deployUser']).pw_uid)):
        raise Refused(
            'SetupNeeded',
            f'Only {policy["deployUser"]} may deploy {service} on this host ({path}).',
        )
    account(policy['user'])
    host = Host(policy)
    for directory in (host.releases, host.venvs, host.shared, host.var):
        if not os.path.isdir(directory):
            raise Refused('SetupNeeded', f'{directory} is missing on this host. Run `landfall setup`.')
    return host
