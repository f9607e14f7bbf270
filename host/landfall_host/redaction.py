"""No value of an environment file leaves this host, as far as it is written in a way that is known here."""

from __future__ import annotations

import re
from itertools import chain

from landfall_host.readings import CONTROLS, INVISIBLE, after_half, readings, unwrapped, without_half
from landfall_host.secret_values import SHORTEST, base64_forms, forms_of, secrets_of_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.readings import Back
    from landfall_host.state import Host

# Where the gate, a rehearsal or the controller has cut a text; each of them has it of its own.
CUT = '[landfall: cut]'
# A journal has one for each worker and attempt. Looking at them takes about a millisecond each.
MOST_CUTS = 500
# Characters of one text: more than any answer has. Of a longer one the end is kept.
MOST_TEXT = 1 << 18
# Characters in which one may be written, at most: `&#x0041;`.
LONGEST_WRITTEN = 8
# Characters of the longest secret of which half is known at a cut.
MOST_HALF = 1 << 14


class Redactor:
    def __init__(self, host: Host | None, pids: Iterable[int] | None = None) -> None:
        secrets = secrets_of_host(host, pids) if host else []
        unseen = re.compile(f'[{CONTROLS}{INVISIBLE}]')
        self.plain = forms_of(
            secrets + [(name, unseen.sub('', value)) for name, value in secrets if unseen.search(value)]
        )
        self.base64 = {form: name for form, name in base64_forms(secrets).items() if form not in self.plain}
        # Bytes that the longest one may take.
        self.longest = (
            min(max((len(form.encode(errors='replace')) for form in self.plain), default=0), MOST_HALF)
            * LONGEST_WRITTEN
        )

    def __call__(self, value: str) -> str:
        value = value.encode('utf-8', 'replace').decode()
        if not self.plain:
            return value
        value = value if len(value) <= MOST_TEXT else CUT + value[-MOST_TEXT:]
        parts = value.rsplit(CUT, MOST_CUTS)
        # An application that prints the mark for ever must not keep this busy: what comes before is left out.
        parts[0] = '' if CUT in parts[0] else parts[0]
        parts = parts[:1] + [self.without_ended(part) for part in parts[1:]]
        value = CUT.join([self.without_begun(part) for part in parts[:-1]] + parts[-1:])
        pieces, at = [], 0
        for start, end, name in self.found_in(value):
            pieces += [value[at:start], f'[redacted:{name}]']
            at = end
        return ''.join(pieces) + value[at:]

    def found_in(self, value: str) -> list[tuple[int, int, str]]:
        """(start, end, variable) of each secret there; those that overlap are one, called as the longest."""
        spans = []
        for text, back in readings(value):
            for form, name in self.plain.items():
                spans += [(*back(start, end), len(form), name) for start, end in occurrences(text, form)]
            spans += self.base64_in(text, back)
        if '\n' in value:
            spans += self.base64_in(*unwrapped(value))
        merged: list[tuple[int, int, int, str]] = []
        for start, end, length, name in sorted(spans):
            if merged and start < merged[-1][1]:
                before = merged.pop()
                length, name = max(before[2:], (length, name), key=lambda each: each[0])
                start, end = before[0], max(before[1], end)
            merged.append((start, end, length, name))
        return [(start, end, name) for start, end, _, name in merged]

    def base64_in(self, text: str, back: Back) -> Iterator[tuple[int, int, int, str]]:
        for form, name in self.base64.items():
            for start, end in occurrences(text, form):
                # Its neighbours on both sides have some bits of it.
                around = re.compile('[A-Za-z0-9+/_-]')
                start -= bool(start and around.match(text, start - 1))
                end += bool(around.match(text, end))
                yield (*back(start, end), len(form), name)

    def without_begun(self, value: str) -> str:
        """Without the beginning of a secret at its very end: whoever wrote it was cut off there."""
        left = max(0, len(value) - self.longest)
        end, at = value[left:], len(value)
        for text, back in chain.from_iterable(map(readings, {end, without_half(end)})):
            for cut in {text, without_half(text)}:
                for form in self.halves():
                    start = half_at_end(cut, form)
                    at = at if start is None else min(at, left + back(start, len(cut))[0])
        if at == len(value):
            return value
        # The half may begin within a whole secret, of which half would be left then.
        return value[
            : min([at] + [left + start for start, stop, _ in self.found_in(end) if start < at - left < stop])
        ]

    def without_ended(self, value: str) -> str:
        """Without the end of a secret at its very beginning."""
        begin, at = value[: self.longest], 0
        for left in {0, after_half(begin)}:
            for text, back in readings(begin[left:]):
                for form in self.halves():
                    length = half_at_begin(text, form)
                    at = at if length is None else max(at, left + back(0, length)[1])
        if not at:
            return value
        return value[max([at] + [stop for start, stop, _ in self.found_in(begin) if start < at < stop]) :]

    def halves(self) -> Iterator[str]:
        yield from (form for form in self.plain if len(form) <= MOST_HALF)
        yield from (form for form in self.base64 if len(form) <= MOST_HALF)


def occurrences(text: str, form: str) -> Iterator[tuple[int, int]]:
    """Spans of this form; those that overlap are one."""
    size, at = len(form), text.find(form)
    while at >= 0:
        end, more = at + size, at
        while more >= 0:
            end = more + size
            more = text.find(form, more + 1, end + size - 1)
        yield at, end
        at = text.find(form, end)


def half_at_end(text: str, form: str) -> int | None:
    """Where the longest beginning of this form starts with which the text ends. None: there is none long enough."""
    tail = text[-(len(form) - 1) :]
    at = tail.find(form[:SHORTEST])
    while at >= 0 and not form.startswith(tail[at:]):
        at = tail.find(form[:SHORTEST], at + 1)
    return None if at < 0 else len(text) - len(tail) + at


def half_at_begin(text: str, form: str) -> int | None:
    """The length of the longest end of this form with which the text begins; None likewise."""
    head = text[: len(form) - 1]
    end = head.rfind(form[-SHORTEST:])
    while end >= 0 and not form.endswith(head[: end + SHORTEST]):
        end = head.rfind(form[-SHORTEST:], 0, end + SHORTEST - 1)
    return None if end < 0 else end + SHORTEST


def tail(value: str, limit: int) -> str:
    """The end of a text, cut to a number of bytes without breaking a character."""
    data = value.encode()
    return value if len(data) <= limit else data[-limit:].decode(errors='ignore')
