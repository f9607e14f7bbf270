"""Steps of a setup: users, directories and files, each done once and only when asked for, and recorded."""

from __future__ import annotations

import grp
import os
import pwd
import stat

from landfall_host.accounts import user_exists
from landfall_host.files import write_text
from landfall_host.packages import install, install_words
from landfall_host.protocol import Refused
from landfall_host.run import must_run
from landfall_host.setup_record import SetupRecord, in_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Sequence

    from landfall_host.contract_types import SetupResultActions


class SetupSteps:
    """Each step says what it is, whether it is done already, and does it when asked to.

    A step that makes a thing names it for the record, as (kind, value): ('packages', 'caddy').
    """

    def __init__(self, apply: bool, record: SetupRecord) -> None:
        self.apply = apply
        self.record = record
        self.actions: list[SetupResultActions] = []

    def step(
        self,
        what: str,
        done: Callable[[], bool],
        act: Callable[[], object],
        makes: Callable[[], Sequence[tuple[str, object]]] = lambda: (),
    ) -> None:
        was_done = done()
        if self.apply and not was_done:
            self.recorded(done, act, makes())
            if not done():
                raise Refused('CommandFailed', f'Setup could not {what}.')
        self.actions.append(
            {'what': what, 'done': was_done or self.apply, 'changed': self.apply and not was_done}
        )

    def recorded(
        self, done: Callable[[], bool], act: Callable[[], object], makes: Sequence[tuple[str, object]]
    ) -> None:
        """Acts with the record written before. A step that failed and made nothing leaves no entry."""
        added = [(kind, value) for kind, value in makes if self.record.add(kind, value)]
        try:
            act()
        except (Refused, OSError):
            for kind, value in added:
                is_path = kind in ('directories', 'files')
                if kind != 'modes' and not (os.path.lexists(str(value)) if is_path else done()):
                    self.record.drop(kind, value)
            raise

    def user(self, name: str, what: str, *options: str) -> None:
        self.step(
            f'create {what} {name}',
            lambda: user_exists(name),
            lambda: must_run(['useradd', '--user-group', '--password', '*', *options, name]),
            lambda: [('users', name)],
        )

    def package(
        self, name: str, is_there: Callable[[], bool], install: Callable[[str], None] = install
    ) -> None:
        self.step(
            f'install the package {name}: {" ".join(install_words(name))}',
            is_there,
            lambda: install(name),
            lambda: [('packages', name)],
        )

    def directory(self, path: str, owner: str, group: str, mode: int) -> None:
        """`owner` is a name, `group` a name or a number; a directory that is there already keeps what is in it."""

        def ids() -> tuple[int, int] | None:
            try:
                gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
                return pwd.getpwnam(owner).pw_uid, gid
            except KeyError:
                return None

        def done() -> bool:
            try:
                found = os.lstat(path)
            except FileNotFoundError:
                return False
            if not stat.S_ISDIR(found.st_mode):
                raise Refused('InvalidInput', f'{path} is not a directory.')
            return (found.st_uid, found.st_gid) == ids() and stat.S_IMODE(found.st_mode) == mode

        def act() -> None:
            os.makedirs(path, mode=0o755, exist_ok=True)
            os.chown(path, *(ids() or (-1, -1)), follow_symlinks=False)
            os.chmod(path, mode)

        self.step(f'directory {path} of {owner}:{group}, mode {mode:o}', done, act, lambda: in_record(path))

    def file(
        self, path: str, content: str, mode: int, what: str, check: Callable[[], None] | None = None
    ) -> None:
        """A file that was there before is replaced, and not in the record."""

        def done() -> bool:
            try:
                with open(path, 'rb') as file:
                    found = os.fstat(file.fileno())
                    return file.read() == content.encode() and (
                        found.st_uid,
                        stat.S_IMODE(found.st_mode),
                    ) == (0, mode)
            except FileNotFoundError:
                return False

        def act() -> None:
            if check:
                check()
            write_text(path, content, mode)

        self.step(what, done, act, lambda: [] if os.path.lexists(path) else [('files', path)])
