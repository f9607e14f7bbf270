"""Judges the answer to a readiness question, so that a person learns its cause.

The controller judges alike, in `src/deployment/judge.ts`; `host/tests/judge_examples.json` tests both.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Tuple

    # (the cause, its words); both empty where the status alone says it. Nothing of the body is in the words.
    Fault = Tuple[str, str]

# The causes that only another release or landfall.yaml repairs.
FINAL = ('to-https', 'slash', 'redirect', 'host', 'login', 'route', 'tls')
REDIRECTS = (301, 302, 303, 307, 308)
SPEAKS_TLS = re.compile(r'http request (was sent )?to (an )?https (port|server)', re.IGNORECASE)
# Fields, and their values, by which an app says that it is not ready.
FIELDS = ('status', 'state', 'health', 'healthy', 'ready', 'ok')
NOT_READY = frozenset(
    [
        'false',
        'fail',
        'failed',
        'failing',
        'failure',
        'error',
        'down',
        'degraded',
        'unhealthy',
        'unavailable',
        'not_ready',
        'starting',
        'initializing',
        'critical',
    ]
)
# Characters of a body, for people; and what marks that it is cut (landfall_gate/shorten.py).
MOST_SAID, CUT = 500, '[landfall: cut]'
LOCATION = re.compile(r'(?:(?:([a-z]+):)?//([^/?#]*))?([^?#]*)', re.IGNORECASE)


class Question:
    """`host`: its Host header. `secure`: asked by TLS. `expect`: {field, is}, or None: a field that says not ready
    counts, or False: no field counts."""

    def __init__(self, path: str, host: str, secure: bool, expect: Any) -> None:
        self.path, self.host, self.secure, self.expect = path, host, secure, expect


def judge(status: int, headers: Mapping[str, str], body: str, question: Question) -> Fault | None:
    """None: it is ready. `headers`: their names in lower case."""
    if 200 <= status < 300:
        return judge_body(status, body, question.expect)

    def bad(cause: str, rest: str) -> Fault:
        return cause, f'answered {status}{rest}'

    location = headers.get('location')
    if status in REDIRECTS and location is not None:
        return bad(*redirected(location, question))
    if status in (426, 505) or (status == 400 and SPEAKS_TLS.search(body)):
        return bad('tls', ': the app wants another protocol')
    if status in (400, 421):
        return bad('host', f': the app refuses the Host {question.host}')
    if status in (401, 403):
        return bad('login', ': the app wants a login')
    if status in (404, 405, 410):
        return bad('route', f': the app has no route GET {path_of(question.path)}')
    return '', ''


def redirected(location: str, question: Question) -> tuple[str, str]:
    scheme, host, path = read_location(location)
    to = f' to {scheme}://{host}{path}' if scheme and host else f' to {host}{path}'
    if scheme == 'https' and not question.secure:
        return 'to-https', to
    asked = path_of(question.path)
    if asked in (path + '/', path[:-1] if path.endswith('/') else None):
        return 'slash', to
    return 'redirect', to


def read_location(location: str) -> tuple[str, str, str]:
    """(scheme, host, path): without login, query and fragment, which may hold secrets, and short."""
    found = LOCATION.match(re.sub(r'[^\x21-\x7e]', '_', location))
    scheme, authority, path = found.groups() if found else (None, None, '')
    host = (authority or '').rpartition('@')[2]
    return (scheme or '').lower(), host[:100], path[:200]


def path_of(path: str) -> str:
    return path.split('?', 1)[0]


def judge_body(status: int, body: str, expect: Any) -> Fault | None:
    if expect is False:
        return None

    def bad(cause: str, rest: str) -> Fault:
        return cause, f'answered {status}, but its field {rest}'

    answer = read_json(body)
    if expect is not None:
        field, allowed = expect['field'], expect['is']
        found = word_of(field_of(answer, field))
        if found is None:
            return bad('unexpected', f'{field} is missing')
        return None if found in allowed else bad('unexpected', f'{field} does not say {" or ".join(allowed)}')
    for field in FIELDS:
        word = re.sub('[ -]', '_', (word_of(field_of(answer, field)) or '').lower())
        if word in NOT_READY:
            return bad('says-not-ready', f'{field} says {word}')
    return None


def read_json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def field_of(value: Any, field: str) -> Any:
    """A value by its path, `build.commit`; None: there is none."""
    for name in field.split('.'):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def word_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, (str, int)) else None


def said(status: int, fault: Fault, body: str) -> str:
    """For people: the words of a bad answer, and the beginning of its body where that may tell more."""
    cause, words = fault
    text = ' '.join(body.split())
    if cause in ('to-https', 'slash', 'redirect') or not text:
        return words or f'answered {status}'
    text = text if len(text) <= MOST_SAID else text[:MOST_SAID] + CUT
    return f'{words}; it said: {text}' if words else f'answered {status}: {text}'


class Row:
    """Good answers in a row; and whether they turn bad again and again, which is flapping."""

    TURNS = 3

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.good = self.bad = self.count = self.turns = 0

    def see(self, is_good: bool) -> None:
        self.count += 1
        if not is_good:
            self.bad += 1
            self.turns += self.good > 0
        self.good = self.good + 1 if is_good else 0

    def is_long_enough(self) -> bool:
        return self.good >= self.wanted

    def flaps(self) -> bool:
        return self.turns >= self.TURNS

    def words(self) -> str:
        return f'flapping: {self.bad} of {self.count} answers were bad'


class FinalCauses:
    """Ends a wait that repairs nothing: every answer has had a final cause, 5 times and for 3 s.

    So often and so long, because an app may add its routes while it starts.
    """

    ANSWERS, SECONDS = 5, 3

    def __init__(self) -> None:
        self.answers, self.since = 0, 0.0

    def see(self, cause: str, now: float) -> None:
        """`now`: seconds of a monotonic clock."""
        if cause not in FINAL:
            self.answers = 0
            return
        if self.answers == 0:
            self.since = now
        self.answers += 1

    def is_over(self, now: float) -> bool:
        return self.answers >= self.ANSWERS and now - self.since >= self.SECONDS
