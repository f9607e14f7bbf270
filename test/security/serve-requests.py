"""On a host: serves many requests as its helper would, each in a process of its own, without the start of a program.

Standard input has one JSON object a line: {"request": base64}; each answer is one: {"answer", "error", "code"}.
A request has placeholders for the host's current values. 424242 is the fence, 535353 the number of the last change,
RUN-NOW the run, and 9-abcdef0 the newest release.

An object with "ready" is done first whenever the host has no open claim, or no release.
"""

from __future__ import annotations

import base64
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELPER = '/usr/local/lib/landfall/landfall-host'
STATE = '/var/lib/landfall/shop/state.json'
RECORDS = '/var/lib/landfall/shop/releases'


def main() -> None:
    sys.path.insert(0, HELPER)
    from landfall_host.clean_process import enter_clean_environment

    os.environ.clear()
    enter_clean_environment()
    import pwd

    os.environ['SUDO_UID'] = str(pwd.getpwnam('deploy').pw_uid)
    import landfall_host.verbs  # noqa: F401, so that no request has to

    lines = [json.loads(line) for line in sys.stdin]
    ready = [base64.b64decode(each) for each in lines[0]['ready']]
    for number, line in enumerate(lines[1:]):
        state = prepared(ready, number)
        answer = served(filled(base64.b64decode(line['request']), state))
        print(json.dumps(dict(zip(('answer', 'error', 'code'), answer))), flush=True)


def prepared(ready: list[bytes], number: int) -> dict[str, Any]:
    claim, stage = ready
    state = known()
    if state['claim'] is None or state['claim']['state'] != 'open':
        must(filled(claim.replace(b'RUN-NOW', b'run-%d' % number), state))
        state = known()
    if not releases():
        must(filled(stage, state))
    try:
        lend_interpreter('/srv/shop/releases/' + releases()[-1])
    except FileNotFoundError:
        pass
    return state


def lend_interpreter(release: str) -> None:
    """The program of the release itself stands where its interpreter would."""
    os.chmod(release + '/serve', 0o755)
    if not os.path.lexists(release + '/.venv'):
        venv = '/srv/shop/venvs/0123456789abcdef'
        os.makedirs(venv + '/bin', exist_ok=True)
        if not os.path.lexists(venv + '/bin/python'):
            os.symlink(release + '/serve', venv + '/bin/python')
        os.symlink('../../venvs/0123456789abcdef', release + '/.venv')


def known() -> dict[str, Any]:
    try:
        with open(STATE) as file:
            state: dict[str, Any] = json.load(file)
            return state
    except FileNotFoundError:
        return {'claim': None, 'mark': [0, 0]}


def releases() -> list[str]:
    return sorted(
        (name[:-5] for name in os.listdir(RECORDS) if name.endswith('.json')),
        key=lambda release: int(release.split('-')[0]),
    )


def filled(request: bytes, state: dict[str, Any]) -> bytes:
    claim = state['claim'] or {'fence': 1, 'run': 'none'}
    line, newline, payload = request.partition(b'\n')
    newest = (releases() or ['9-abcdef0'])[-1]
    for placeholder, value in (
        (b'424242', b'%d' % claim['fence']),
        (b'535353', b'%d' % state['mark'][0]),
        (b'RUN-NOW', claim['run'].encode()),
        (b'9-abcdef0', newest.encode()),
    ):
        line = line.replace(placeholder, value)
    return line + newline + payload


def must(request: bytes) -> None:
    answer = served(request)
    if not answer[0] or not json.loads(answer[0])['ok']:
        sys.exit(f'not prepared: {answer!r}')


def served(request: bytes) -> tuple[str, str, int]:
    """Its standard output, its standard error and its exit status."""
    asked, out, error = (os.memfd_create(name) for name in ('asked', 'out', 'error'))
    os.write(asked, request)
    os.lseek(asked, 0, os.SEEK_SET)
    child = os.fork()
    if child == 0:
        os.dup2(asked, 0)
        os.dup2(out, 1)
        os.dup2(error, 2)
        code = 1
        try:
            from landfall_host.protocol import answer_of, write_answer
            from landfall_host.verbs import serve

            sys.stdout, sys.stderr = open(1, 'w', closefd=False), open(2, 'w', closefd=False)
            write_answer(answer_of(serve, open(0, 'rb', closefd=False)))
            code = 0
        except SystemExit as end:
            print(end, file=sys.stderr)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)
    code = os.waitpid(child, 0)[1]
    said = []
    for fd in (out, error):
        said.append(os.pread(fd, 1 << 20, 0).decode(errors='replace'))
        os.close(fd)
    os.close(asked)
    return said[0], said[1], code


main()
