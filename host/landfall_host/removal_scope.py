"""The service that is removed: its policy, the record of its setup, and the other services of this host."""

from __future__ import annotations

import os

from landfall_host.contract import check
from landfall_host.files import names_in, read_json, remove_file, write_json
from landfall_host.places import ETC
from landfall_host.protocol import Refused
from landfall_host.setup_policy import shared_with_others
from landfall_host.setup_record import SetupRecord, removal_file
from landfall_host.state import Host, describe_claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Policy


class Scope:
    """The service of a removal. Made from the policy on this host; landfall.yaml may say something else by now."""

    def __init__(self, asked: Policy) -> None:
        service = asked['service']
        self.policy_path = os.path.join(ETC, service + '.json')
        self.begun_path = removal_file(service)
        policy = policy_in(self.policy_path) or policy_in(self.begun_path)
        if policy is None:
            taken = list(shared_with_others(asked))
            if taken:
                raise Refused('InvalidInput', f'{service} is not set up here, and {"; ".join(taken)}.')
        self.host = Host(policy or asked)
        self.is_known = policy is not None or os.path.isdir(self.host.var)
        self.record = SetupRecord(service)
        self.others = other_policies(service)
        ejected = read_json(os.path.join(self.host.var, 'ejected.json'))
        self.ejected = ejected is not None
        # Of the units that `landfall eject` wrote.
        self.keep: list[str] = list(ejected['keep']) if ejected else []
        self.keep_users: list[str] = list(ejected['users']) if ejected else []

    def refuse_open_claim(self) -> None:
        owner = self.host.state['claim']
        if owner and owner['state'] == 'open':
            raise Refused(
                'Fenced',
                f'A deploy of {self.host.service} is open on this host: {describe_claim(owner)}, run '
                f'{owner["run"]}. Nothing was removed. Wait for its end (landfall status {self.host.service}), or '
                f'end it (landfall cancel {self.host.service}). If its engine is lost, run '
                f'`landfall doctor {self.host.service} --repair --take-over` first.',
            )

    def ends_deploys(self) -> bool:
        return os.path.lexists(self.policy_path)

    def end_deploys(self) -> None:
        """From here on the helper refuses requests for this service, and a second removal knows its policy."""
        os.makedirs(self.host.var, mode=0o700, exist_ok=True)
        write_json(self.begun_path, self.host.policy)
        remove_file(self.policy_path)

    def users_of_others(self) -> dict[str, str]:
        """User to a service that needs it."""
        return {user: each['service'] for each in self.others for user in (each['user'], each['deployUser'])}

    def deployers_of_others(self) -> dict[str, str]:
        return {each['deployUser']: each['service'] for each in self.others}

    def made(self, path: str) -> bool:
        """Whether setup made this file or directory."""
        return path in self.record.made['directories'] or path in self.record.made['files']


def policy_in(path: str) -> Policy | None:
    try:
        policy: Policy | None = read_json(path)
        if policy is not None:
            check('policy', policy)
    except ValueError as error:
        raise Refused(
            'InvalidInput', f'{path} is not valid: {error}. Correct or remove it as root.'
        ) from None
    return policy


def other_policies(service: str) -> list[Policy]:
    """Refuses when one cannot be read: what it needs is then unknown."""
    names = [name for name in names_in(ETC) if name.endswith('.json') and name != service + '.json']
    found = [policy_in(os.path.join(ETC, name)) for name in names]
    return [policy for policy in found if policy is not None]


def hand_over(scope: Scope, kind: str, value: object, service: str) -> None:
    """A thing that setup made for this service and another one needs belongs to the other's record from now on."""
    SetupRecord(service).add(kind, value)
    scope.record.drop(kind, value)
