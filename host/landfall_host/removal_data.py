"""The data of a service: its directory, environment files, and what an installer kept. Only with `--data`."""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE
from landfall_host.files import is_directory, names_in
from landfall_host.removal_trees import some_of, why_not
from landfall_host.secret_values import install_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.removal_scope import Scope
    from landfall_host.removal_steps import RemovalSteps

# The names that Landfall gives in directories that were there before setup.
OWN_NAMES = re.compile(rf'(?:\.partial-|\.trash-).*|{RELEASE}(?:\.shared)?|[0-9a-f]{{16}}')
LINKS = re.compile(r'(?:current|last-good)(?:\.\d+\.new)?')


def doomed_paths(scope: Scope) -> list[str]:
    """The paths that go with `--data`: the whole ones that setup made, and in others what deploys made."""
    host = scope.host
    found = []
    for path in (host.releases, host.venvs, host.shared, os.path.join(host.base, 'home')):
        if scope.made(path):
            found.append(path)
        elif path in (host.releases, host.venvs) and is_directory(path):
            found += [os.path.join(path, name) for name in names_in(path) if OWN_NAMES.fullmatch(name)]
    found += [os.path.join(host.base, name) for name in names_in(host.base) if LINKS.fullmatch(name)]
    return [path for path in found if os.path.lexists(path)]


def remove_data(plan: RemovalSteps, scope: Scope) -> list[str]:
    """Returns the paths that go, or would go."""
    doomed = []
    for path in doomed_paths(scope):
        why = why_not(path)
        if why is not None:
            plan.stay(f'{path}: {why}.', path)
            continue
        kept = [each for each in scope.keep if (each + '/').startswith(path + '/')]
        but = f', except {some_of(kept)}' if kept else ''
        doomed += plan.remove_parts(f'remove {path}{but}', path, kept)
    return doomed


def remove_environment_files(plan: RemovalSteps, scope: Scope, data: bool) -> None:
    """Those that setup made. A file with content may hold the only copy of a secret."""
    paths = [path for path in scope.host.policy['envFiles'] if scope.made(path)]
    for path in [*paths, install_file(scope.host)]:
        if not os.path.lexists(path):
            continue
        why = why_not(path)
        if path in scope.keep:
            plan.stay(f'{path}: the units of landfall eject read it.', path)
        elif why is not None:
            plan.stay(f'{path}: {why}.', path)
        elif os.lstat(path).st_size and not data:
            plan.stay(f'{path} with its variables. `--data` removes it.', path)
        else:
            words = ' and the variables in it' if os.lstat(path).st_size else ', which is empty'
            plan.remove(f'remove {path}{words}', path)


def remove_cache(plan: RemovalSteps, path: str) -> None:
    why = why_not(path) if os.path.lexists(path) else None
    if why is not None:
        plan.stay(f'{path}: {why}.', path)
        return
    plan.remove(f'remove {path}, the cache of installers', path)
