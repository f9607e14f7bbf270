"""Files that a setup writes and checks: the gate, a login key, environment files, the sudo rule."""

from __future__ import annotations

import os

from landfall_host.files import read_text, remove_file, write_text
from landfall_host.helper_file import gate_files
from landfall_host.places import SUDOERS
from landfall_host.run import must_run
from landfall_host.setup_record import in_record, missing_directories
from landfall_host.systemd import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.setup_steps import SetupSteps


def write_gate(directory: str, sent: bytes) -> None:
    for name, source in gate_files(sent).items():
        write_text(os.path.join(directory, name), source, 0o644)


def gate_is_there(directory: str, sent: bytes) -> bool:
    return all(
        read_text(os.path.join(directory, name)) == source for name, source in gate_files(sent).items()
    )


def keys_file() -> str:
    return os.path.join(os.environ['HOME'], '.ssh', 'authorized_keys')


def has_key(key: str) -> bool:
    return key in lines_of(read_text(keys_file()) or '')


def add_key(key: str) -> None:
    os.makedirs(os.path.dirname(keys_file()), mode=0o700, exist_ok=True)
    before = read_text(keys_file()) or ''
    write_text(keys_file(), before + ('\n' if before and not before.endswith('\n') else '') + key + '\n')


def environment_file(plan: SetupSteps, path: str) -> None:
    def status() -> os.stat_result | None:
        try:
            return os.lstat(path)
        except FileNotFoundError:
            return None

    def create() -> None:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_text(path, '')

    def made() -> list[tuple[str, object]]:
        above = missing_directories(os.path.dirname(path))
        return [*(('directories', each) for each in above), ('files', path)]

    def is_roots() -> bool:
        found = status()
        return found is not None and found.st_uid == 0 and found.st_mode & 0o177 == 0

    def give_to_root() -> None:
        os.chown(path, 0, 0)
        os.chmod(path, 0o600)

    if status() is None:
        plan.step(
            f'create the empty environment file {path}, only for root',
            lambda: status() is not None,
            create,
            made,
        )
        return
    plan.step(
        f'let only root read the environment file {path}',
        is_roots,
        give_to_root,
        lambda: in_record(path),
    )


def check_sudoers(rule: str) -> None:
    path = os.path.join(SUDOERS, f'.landfall-{os.getpid()}.new')  # names with a dot are not read by sudo
    try:
        write_text(path, rule, 0o440)
        must_run(['visudo', '-c', '-q', '-f', path])
    finally:
        remove_file(path)
