"""The keys and users that setup added on this host."""

from __future__ import annotations

from landfall_host.children import as_user
from landfall_host.protocol import Refused
from landfall_host.removal_scope import hand_over
from landfall_host.removal_users import drop_line, has_line, remove_user, uid_of, why_user_stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.removal_scope import Scope
    from landfall_host.removal_steps import RemovalSteps


def remove_accounts(
    plan: RemovalSteps, scope: Scope, data: bool, gone: list[str], caller: str | None
) -> None:
    """`gone`: paths that are removed. `caller`: the number of the user that called sudo."""
    going = [
        name for name in list(scope.record.made['users']) if user_goes(plan, scope, name, data, gone, caller)
    ]
    for name in {scope.host.user, scope.host.deployer} - {*scope.record.made['users']} if data else ():
        if scope.is_known and uid_of(name) is not None and name not in scope.users_of_others():
            plan.stay(f'The user {name}: setup did not make it, or kept no record.')
    for name, line in [(each[0], each[1]) for each in scope.record.made['keys']]:
        if name not in going:
            remove_key(plan, scope, name, line)
    for name in going:
        remove_one(plan, name)


def remove_one(plan: RemovalSteps, name: str) -> None:
    plan.step(
        f'remove the user {name}, its home and its processes',
        lambda: uid_of(name) is not None,
        lambda: remove_user(name),
    )


def user_goes(
    plan: RemovalSteps, scope: Scope, name: str, data: bool, gone: list[str], caller: str | None
) -> bool:
    """Says why a user stays."""
    uid = uid_of(name)
    if uid is None:
        return False
    other = scope.users_of_others().get(name)
    if other is not None:
        plan.stay(f'The user {name}: the service {other} needs it.')
        if plan.apply:
            hand_over(scope, 'users', name, other)
        return False
    if name in scope.keep_users:
        plan.stay(f'The user {name}: the units of landfall eject run as it.')
        return False
    if not data:
        plan.stay(f'The user {name}. `--data` removes it with its home.')
        return False
    if caller == str(uid):
        plan.stay(f'The user {name}, as which you logged in. Log in as root to remove it.')
        return False
    why = why_user_stays(name, gone)
    if why is not None:
        plan.stay(f'The user {name}: {why}. See to these files, then run: userdel {name}')
    return why is None


def remove_key(plan: RemovalSteps, scope: Scope, name: str, line: str) -> None:
    other = scope.deployers_of_others().get(name)
    if other is not None:
        plan.stay(f'A key that may log in as {name}: the service {other} needs it.')
        if plan.apply:
            hand_over(scope, 'keys', [name, line], other)
        return
    try:
        plan.step(
            f'remove the key of {name} that setup added: {line[:40]}…',
            lambda: has_line(name, line),
            lambda: as_user(name, drop_line, line),
        )
        if plan.apply:
            scope.record.drop('keys', [name, line])
    except Refused as refused:
        # This user may hold its own file, and must not hold up the removal with that.
        plan.stay(f'The key of {name} that setup added, because of: {refused.message}')
