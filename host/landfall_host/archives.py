"""The archive of a commit: received, checked, and unpacked as the deploying user."""

from __future__ import annotations

import os

from landfall_host.files import is_directory
from landfall_host.protocol import Refused, arriving
from landfall_host.room import Room
from landfall_host.shared_paths import aside_of, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile
    from io import BufferedReader
    from typing import IO, Any

# Bytes of memory for unpacking, most of it Python itself.
MEMORY_LIMIT = 512 << 20
# Of one path: far more than a repository has, and less than what programs that walk through it can take.
LONGEST_PATH, MOST_FOLDERS = 1024, 100


def skip(stdin: BufferedReader, size: int) -> None:
    """Reads an archive that is not needed: its sender would take a closed pipe for a failure."""
    while size:
        block = arriving(stdin.read1, min(size, 1 << 18))
        if not block:
            return
        size -= len(block)


def receive_and_unpack(
    stdin: BufferedReader, size: int, sha256: str, into: str, folder: str, shared: list[str], shared_root: str
) -> None:
    """As the deploying user: the archive, checked, as a directory."""
    import resource

    # An archive can announce headers of any size, which Python would read into memory.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    source = Source(stdin, size)
    # All that `tarfile` asks of a stream is `read`.
    archive: Any = source
    room = Room(os.path.dirname(into))
    # An archive is hardly ever larger than its files: where it does not fit, it need not arrive.
    Room(os.path.dirname(into)).take(size, into)
    try:
        unpack(archive, into, folder, shared, shared_root, room)
    except Refused:
        # A sender takes a closed pipe for a lost connection, and sends the archive once more.
        source.check(sha256)
        raise
    source.check(sha256)


class Source:
    """The archive as it arrives. It is never stored: a release needs no more space than its files."""

    def __init__(self, stdin: BufferedReader, size: int) -> None:
        import hashlib

        self.stdin, self.left = stdin, size
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = arriving(self.stdin.read1, min(self.left, size)) if self.left else b''
        if self.left and not block:
            raise Refused('InvalidInput', f'The archive ended {self.left} bytes early.')
        self.digest.update(block)
        self.left -= len(block)
        return block

    def check(self, sha256: str) -> None:
        """Reads what is left, and refuses an archive that is not the announced one."""
        while self.read(1 << 18):
            pass
        if self.digest.hexdigest() != sha256:
            raise Refused(
                'InvalidInput', "The archive's SHA-256 is not the announced one; it was damaged on the way."
            )


def unpack(
    archive: IO[bytes], into: str, folder: str, shared: list[str], shared_root: str, room: Room
) -> None:
    """Makes a directory of the archive. When that fails, the caller removes the directory.

    `folder`: the service's folder in it, to which the shared paths are relative.
    """
    import shutil
    import tarfile
    import zlib

    os.mkdir(into)
    replaced = {os.path.join(folder, plain(name)) for name in shared}
    try:
        links = []
        with tarfile.open(fileobj=archive, mode='r|gz') as tar:
            for member in tar:
                setattr(tar, 'members', [])  # noqa: B010 -- a stream is read once, and may have millions
                name = member.name[:-1] if member.isdir() and member.name.endswith('/') else member.name
                name = name[2:] if name.startswith('./') else name
                if name in ('', '.') and member.isdir():
                    continue
                why = bad_member(member, name)
                if why and not (member.issym() and name in replaced):
                    raise Refused('InvalidInput', f"The archive's {name[:200]!r} {why}.")
                path = os.path.join(into, name)
                room.take(member.size if member.isreg() else 0, into)
                if member.isdir():
                    os.makedirs(path, exist_ok=True)
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                if member.issym():
                    if name not in replaced:
                        links.append((path, member.linkname))
                    continue
                # Modes come from the umask, so that the service's group reads and cannot write.
                fd = os.open(
                    path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if member.mode & 0o100 else 0o666
                )
                with os.fdopen(fd, 'wb') as file:
                    source = tar.extractfile(member)
                    if source is not None:
                        shutil.copyfileobj(source, file, 1 << 18)
        # Links come last, so that no file was written through one, and are followed to where they really end.
        for path, target in links:
            os.symlink(target, path)
        for path, _ in links:
            if not (os.path.realpath(path) + '/').startswith(into + '/'):
                raise Refused(
                    'InvalidInput', f"The archive's link {path[len(into) + 1 :]!r} leads out of the release."
                )
        service = os.path.join(into, folder).rstrip('/')
        if not is_directory(service) or os.path.realpath(service) != service:
            raise Refused('InvalidInput', f'The archive has no folder {folder}.')
        aside = aside_of(into)
        for index, name in enumerate(map(plain, shared)):
            path = os.path.join(service, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
                raise Refused('InvalidInput', f'The shared path {name!r} lies behind a link.')
            if os.path.lexists(path):
                os.makedirs(aside, exist_ok=True)
                os.rename(path, os.path.join(aside, str(index)))
            os.symlink(os.path.relpath(os.path.join(shared_root, name), os.path.dirname(path)), path)
        sync_file_system(into)
    except BaseException as error:
        # `tarfile` does not expect every header: it raises LookupError, ValueError or RecursionError.
        if isinstance(
            error,
            (
                tarfile.TarError,
                EOFError,
                zlib.error,
                FileExistsError,
                NotADirectoryError,
                LookupError,
                ValueError,
                RecursionError,
            ),
        ):
            raise Refused('InvalidInput', f'The archive cannot be unpacked: {error}.') from error
        if isinstance(error, MemoryError):
            raise Refused(
                'InvalidInput',
                f'The archive cannot be unpacked: it needs more than {MEMORY_LIMIT >> 20} MiB of memory.',
            ) from error
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), into) from error
        raise


def bad_member(member: tarfile.TarInfo, name: str) -> str | None:
    if not (member.isreg() or member.isdir() or member.issym()):
        return 'is neither a file, a directory nor a symlink'
    if (
        name.startswith('/')
        or '\0' in name
        or os.path.normpath(name) != name
        or name.split('/')[0] in ('.', '..')
    ):
        return 'is not a plain path inside the release'
    if len(name) > LONGEST_PATH or name.count('/') > MOST_FOLDERS:
        return f'is too long a path: at most {LONGEST_PATH} characters and {MOST_FOLDERS} folders'
    if member.size < 0:
        return 'has no size'
    if member.mode & 0o7000 and not member.isdir():
        return 'has a setuid, setgid or sticky bit'
    if member.issym() and (member.linkname.startswith('/') or '\0' in member.linkname):
        return 'is a link to an absolute path'
    return None


def sync_file_system(path: str) -> None:
    """To disk before the rename that calls the release whole; only this file system, others may be slow."""
    import ctypes

    fd = os.open(path, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(fd) != 0:
            raise OSError(ctypes.get_errno(), 'cannot write to disk', path)
    except AttributeError:
        os.sync()
    finally:
        os.close(fd)
