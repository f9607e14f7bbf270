"""Running programs, and becoming another user for what happens in directories that are not root's."""
import json
import os
import pwd
import re
import select
import time

from landfall_host.protocol import Refused

CLEAN_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0', 'SYSTEMD_PAGER': '', 'SYSTEMD_LOG_LEVEL': 'warning',
}


def enter_clean_environment():
    """Nothing of the caller's environment reaches what is run here; returns what was given."""
    os.umask(0o022)
    os.chdir('/')
    given = dict(os.environ)
    os.environ.clear()
    os.environ.update(CLEAN_ENVIRONMENT)
    return given


def run(argv, seconds=20, most=64 << 20):
    """Runs a program. Returns (exit status, standard output, standard error).

    It is killed, and its status is 124, after this time and when it has printed more than `most` bytes.

    `subprocess` would do the same; importing it takes longer than the rest of a short request.
    """
    pipes = [os.pipe(), os.pipe()]
    actions = [(os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
               (os.POSIX_SPAWN_DUP2, pipes[0][1], 1), (os.POSIX_SPAWN_DUP2, pipes[1][1], 2)]
    said = {reader: bytearray() for reader, _ in pipes}
    try:
        child = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    except OSError as error:
        return 127, '', '%s: %s' % (argv[0], error.strerror)
    finally:
        for _, writer in pipes:
            os.close(writer)
    limit, open_ones = time.monotonic() + seconds, set(said)
    while open_ones and time.monotonic() < limit and sum(map(len, said.values())) <= most:
        for reader in select.select(list(open_ones), [], [], max(0.0, limit - time.monotonic()))[0]:
            block = os.read(reader, 1 << 16)
            said[reader] += block
            if not block:
                open_ones.discard(reader)
    if open_ones:
        os.kill(child, 9)
    status = os.waitpid(child, 0)[1]
    for reader in said:
        os.close(reader)
    printed = sum(map(len, said.values()))
    out, err = (each.decode(errors='replace') for each in said.values())
    if open_ones:
        why = 'printed more than %d bytes' % most if printed > most else 'did not end within %d s' % seconds
        return 124, out, '%s %s' % (' '.join(argv[:2]), why)
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)), out, err


def must_run(argv, seconds=20):
    status, out, err = run(argv, seconds)
    if status and re.search(r'Transport endpoint is not connected|Failed to connect to bus|Connection reset by peer|is destructive', err):
        raise Refused('Busy', 'systemd does not answer: this host is going down or coming up.')
    if status:
        raise Refused('CommandFailed', '`%s` ended with %d.' % (' '.join(argv[:3]), status), (out + err))
    return out


def as_user(name, work, *arguments):
    """Calls work(*arguments) in a child that has become this user for good; returns its (JSON) result."""
    user = account(name)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.initgroups(name, user.pw_gid)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            os.umask(0o027)
            os.chdir('/')
            os.environ.update(HOME=user.pw_dir, USER=name, LOGNAME=name)
            try:
                answer = {'result': work(*arguments)}
            except Refused as refused:
                answer = {'refused': [refused.type, refused.message, refused.output]}
            except OSError as error:
                answer = {'os': [error.errno, error.strerror or str(error), error.filename and str(error.filename)]}
            except Exception as error:
                answer = {'refused': ['CommandFailed', '%s: %s' % (type(error).__name__, error), None]}
            with os.fdopen(writer, 'wb') as pipe:
                pipe.write(json.dumps(answer).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    answer = json.loads(data.decode()) if data else {'refused': ['CommandFailed', 'A step as %s was killed.' % name, None]}
    if 'os' in answer:
        raise OSError(*answer['os'])
    if 'refused' in answer:
        raise Refused(*answer['refused'])
    return answer['result']


def account(name):
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Refused('SetupNeeded', 'The user %s does not exist on this host. Run `landfall setup`.' % name)
    if user.pw_uid == 0:
        raise Refused('SetupNeeded', 'The user %s is root. Run `landfall setup` with another one.' % name)
    return user
