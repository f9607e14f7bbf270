"""Users that setup made: removed with homes and processes, unless files of theirs elsewhere would have no owner."""

from __future__ import annotations

import os
import pwd
import re

from landfall_host.children import as_user
from landfall_host.files import is_directory, owner_of, read_of_kernel, read_text, remove_file, write_text
from landfall_host.removal_trees import remove_whole, some_of, why_not
from landfall_host.run import must_run, run
from landfall_host.setup_files import keys_file
from landfall_host.systemd import lines_of
from landfall_host.user_processes import end_processes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection

# Seconds for the search of all local disks.
SEARCH_SECONDS = 60
MOST_FOUND = 1 << 16
LOCAL = re.compile('ext[234]|xfs|btrfs|zfs|f2fs|jfs|overlay|bcachefs')
# The system itself cleans these.
TEMPORARY = ('/tmp', '/var/tmp')  # noqa: S108 -- only left out of a search


def uid_of(name: str) -> int | None:
    """None: there is no such user, or it is root."""
    try:
        return pwd.getpwnam(name).pw_uid or None
    except KeyError:
        return None


def home_of(name: str) -> str | None:
    """The home that goes with a user: a directory of its own that root may remove."""
    home = pwd.getpwnam(name).pw_dir
    is_own = home.count('/') > 1 and is_directory(home) and owner_of(home) == uid_of(name)
    return home if is_own and why_not(home) is None else None


def mail_of(name: str) -> list[str]:
    """Empty mailboxes, which some systems make with each user."""
    paths = [f'/var/mail/{name}', f'/var/spool/mail/{name}']
    return [path for path in paths if os.path.isfile(path) and os.lstat(path).st_size == 0]


def why_user_stays(name: str, doomed: Collection[str]) -> str | None:
    """The reason not to remove a user: files outside of what is removed. None: there is none."""
    uid = uid_of(name)
    if uid is None:
        return None
    home = home_of(name)
    found = files_of(uid, [*doomed, *mail_of(name), *([home] if home else [])])
    if found is None:
        return f'its files could not be searched for within {SEARCH_SECONDS} s'
    return f'it owns {some_of(found)}' if found else None


def files_of(uid: int, without: Collection[str]) -> list[str] | None:
    """Paths of a user's files on local disks, some of them; None: the search took too long."""
    places = sorted(local_disks())
    prune: list[str] = []
    for path in [*TEMPORARY, *without]:
        prune += ['-path', re.sub(r'([][*?\\])', r'\\\1', path), '-o']
    argv = [
        'find',
        '-P',
        *places,
        '-xdev',
        '(',
        *prune[:-1],
        ')',
        '-prune',
        '-o',
        '-uid',
        str(uid),
        '-print0',
    ]
    status, out, _ = run(argv, SEARCH_SECONDS, MOST_FOUND)
    found = [path for path in out.split('\0') if path]
    # `find` ends with 1 where a file has gone meanwhile.
    return found if found or status in (0, 1) else None


def local_disks() -> set[str]:
    disks = {'/'}
    for line in (read_of_kernel('/proc/self/mountinfo') or '').split('\n'):
        before, _, after = line.partition(' - ')
        fields = before.split(' ')
        if len(fields) > 4 and LOCAL.fullmatch(after.split(' ')[0]):
            disks.add(re.sub(r'\\([0-7]{3})', lambda octal: chr(int(octal.group(1), 8)), fields[4]))
    return disks


def remove_user(name: str) -> None:
    """Ends its processes, removes its home, and then the user with its group."""
    uid = uid_of(name)
    if uid is None:
        return
    home, mail = home_of(name), mail_of(name)
    run(['loginctl', 'terminate-user', name])
    end_processes_of(name, uid)
    if home is not None:
        remove_whole(home)
    for path in mail:
        remove_file(path)
    must_run(['userdel', name])


def has_line(name: str, line: str) -> bool:
    return uid_of(name) is not None and bool(as_user(name, line_is_there, line))


def line_is_there(line: str) -> bool:
    return line in lines_of(read_text(keys_file()) or '')


def drop_line(line: str) -> None:
    """As the user: removes a line of its keys, and the file and its folder when nothing else is in them."""
    kept = [each for each in lines_of(read_text(keys_file()) or '') if each != line]
    if kept:
        write_text(keys_file(), '\n'.join(kept) + '\n')
        return
    remove_file(keys_file())
    try:
        os.rmdir(os.path.dirname(keys_file()))
    except OSError:
        pass  # the user has other files there
