"""On a host: sends requests one after the other as the deploying user, and checks the paths that must stay root's.

Standard input has one JSON object a line: first {"ready": [requests]}, done first and whenever the host has no open
claim, then {"request": object}. Each answer is one line: {"answer": …, "violations": [sentences]}. In a request
"FENCE", "RUN", "SEQ" (of the next change) and "RELEASE-n" (the n-th from the newest) stand for what the host has.
Meanwhile the service's user plants links and directories wherever it can (plant.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator

    Object = Dict[str, Any]

HELPER = '/usr/local/lib/landfall/landfall-host'
STATE, RECORDS = '/var/lib/landfall/shop/state.json', '/var/lib/landfall/shop/releases'
# The service's own places, and the host's for everybody, for users and for logins.
THEIRS = (
    '/run/lock/',
    '/run/landfall/services/shop/',
    '/run/shop.run',
    '/run/landfall-job-shop-',
    '/run/user/',
)
ROOTS = ('/etc', '/usr/local', '/opt', '/root', '/boot', '/run', '/var/lib/landfall', '/var/lib/systemd')
ONLY_ROOTS = (
    '/',
    '/run',
    '/usr/local/lib/landfall',
    '/etc/landfall',
    '/etc/sudoers.d',
    '/etc/systemd/system',
    '/var/lib/landfall',
    '/var/lib/landfall/shop',
    '/srv',
    '/srv/shop',
    '/run/landfall',
    '/run/landfall/services',
    '/run/landfall/services/shop',
    '/run/landfall/trials',
    '/run/systemd/system',
    '/run/systemd/system.control',
)
UNCHANGED = (
    HELPER,
    '/etc/passwd',
    '/etc/shadow',
    '/etc/sudoers.d/landfall-deploy',
    '/etc/landfall/shop.json',
    '/usr/bin/env',
)


def main() -> None:
    lines = [json.loads(line) for line in sys.stdin]
    as_it_was = [digest(path) for path in UNCHANGED]
    planter = subprocess.Popen(
        ['runuser', '-u', 'shop', '--', 'python3', '/opt/plant.py', 'until-eof'],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for line in lines[1:]:
            claim_if_needed(lines[0]['ready'])
            answer = ask(line['request'])
            wrong = list(violations())
            wrong += [
                f'{path} was changed' for path, before in zip(UNCHANGED, as_it_was) if digest(path) != before
            ]
            print(json.dumps({'answer': answer, 'violations': wrong}), flush=True)
    finally:
        planter.communicate()  # ends its standard input


def claim_if_needed(ready: list[Object]) -> None:
    claim = state()['claim']
    if claim is None or claim['state'] != 'open':
        for request in ready:
            ask(request)


def ask(request: Object) -> Object:
    line = json.dumps(filled(request)).encode() + b'\n'
    ran = subprocess.run(
        ['runuser', '-u', 'deploy', '--', 'sudo', '-n', HELPER],
        input=line,
        capture_output=True,
    )
    if ran.returncode or not ran.stdout:
        return {
            'ok': False,
            'error': {
                'type': 'None',
                'message': f'ended with {ran.returncode}: {ran.stderr.decode(errors="replace")}',
            },
        }
    answer: Object = json.loads(ran.stdout.decode())
    return answer


def state() -> Object:
    try:
        with open(STATE) as file:
            found: Object = json.load(file)
            return found
    except FileNotFoundError:
        return {'claim': None, 'mark': [0, 0]}


def filled(value: Object) -> Any:
    now = state()
    claim = now['claim'] or {'fence': 1, 'run': 'none'}
    ids = sorted(
        (name[:-5] for name in os.listdir(RECORDS) if name.endswith('.json')),
        key=lambda release: -int(release.split('-')[0]),
    )

    def fill(each: Any) -> Any:
        if isinstance(each, dict):
            return {name: fill(item) for name, item in each.items()}
        if isinstance(each, list):
            return [fill(item) for item in each]
        if each in ('FENCE', 'RUN', 'SEQ'):
            return {'FENCE': claim['fence'], 'RUN': claim['run'], 'SEQ': now['mark'][0] + 1}[each]
        if isinstance(each, str):
            for at in range(3):
                each = each.replace(f'RELEASE-{at}', ids[min(at, len(ids) - 1)] if ids else '9-abcdef0')
        return each

    return fill(value)


def digest(path: str) -> str:
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def violations() -> Iterator[str]:
    if os.path.lexists('/run/shop'):
        yield '/run/shop was made'
    for path in ONLY_ROOTS:
        yield from not_roots_alone(path)
    for path in listening():
        yield from (f'the socket {path}: {said}' for at in parents(path) for said in not_roots_alone(at))
        if os.path.lexists(path) and (not stat.S_ISSOCK(os.lstat(path).st_mode) or os.lstat(path).st_uid):
            yield f"{path}, where systemd listens, is not root's"
    for root in ROOTS:
        for directory, names, files in os.walk(root):
            for name in names + files:
                path = os.path.join(directory, name)
                try:
                    owner = os.lstat(path).st_uid
                except FileNotFoundError:
                    continue
                if owner in OTHERS and not (path + '/').startswith(THEIRS):
                    yield f'{path} belongs to {OTHERS[owner]}'


def not_roots_alone(path: str) -> Iterator[str]:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid or found.st_mode & 0o022:
        yield f"{path} is not a directory of root's alone"


def parents(path: str) -> Iterator[str]:
    while path != '/':
        path = os.path.dirname(path)
        yield path


def listening() -> list[str]:
    """Every unix socket that systemd has for the service, or may have after a reboot."""
    texts = [
        subprocess.run(['systemctl', 'show', 'shop.socket', '-p', 'Listen'], stdout=subprocess.PIPE)
        .stdout.decode()
        .replace('Listen=', 'ListenStream=')
    ]
    for place in ('/etc/systemd/system', '/run/systemd/system.control'):
        try:
            with open(place + '/shop.socket') as file:
                texts.append(file.read())
        except FileNotFoundError:
            pass
    lines = [
        line.split('=', 1)[1].split(' ')[0]
        for text in texts
        for line in text.split('\n')
        if line.startswith('ListenStream=')
    ]
    return sorted({line for line in lines if line.startswith('/')})


def others() -> dict[int, str]:
    import pwd

    return {pwd.getpwnam(name).pw_uid: name for name in ('shop', 'deploy')}


OTHERS = others()
if __name__ == '__main__':
    main()
