"""Values of environment files, in whatever way a text has them."""

from __future__ import annotations

import base64
import html
import json
import os
import sys
import tempfile
import unittest
from unittest import mock
from urllib.parse import quote, quote_plus

from landfall_host import secret_values
from landfall_host.protocol import Refused
from landfall_host.redaction import CUT, MOST_TEXT, Redactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

SECRET = 's3cr3t/"\u00e4&x+y <z>'
HIDDEN = '[redacted:TOKEN]'


class Host:
    """A host with this environment file; `running`: what its main process has."""

    service, unit, stem = 'shop', 'shop.service', 'shop'

    def __init__(self, directory: str, content: str, names: Iterable[str] = ()) -> None:
        path = os.path.join(directory, 'env')
        with open(path, 'w') as file:
            file.write(content)
        self.policy, self.state, self.var = {'envFiles': [path]}, {'names': list(names)}, directory + '/var'

    def save(self) -> None:
        self.saved = True


class WithHost(unittest.TestCase):
    def host(self, content: str, names: Iterable[str] = ()) -> Any:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return Host(directory.name, content, names)

    def redactor(self, content: str, names: Iterable[str] = (), running: int | None = None) -> Redactor:
        with mock.patch.object(secret_values, 'show_all', self.units(running)):
            return Redactor(self.host(content, names))

    def units(self, running: int | None) -> Any:
        """systemd's answers when this process is the service's."""

        def show_all(units: list[str], properties: object) -> list[dict[str, str]]:
            if running is None:
                raise Refused('Busy', 'no systemd')
            return [{'MainPID': '0'}, {'MainPID': 'abc'}, {'MainPID': str(running)}]

        return show_all


class Encodings(WithHost):
    def setUp(self) -> None:
        self.redact = self.redactor(f"TOKEN='{SECRET}'\n")

    def hides(self, text: str, expected: str = HIDDEN) -> None:
        self.assertEqual(self.redact(f'a {text} b'), f'a {expected} b', text)

    def test_as_it_is(self) -> None:
        self.hides(SECRET)

    def test_with_what_no_terminal_shows_between_its_characters(self) -> None:
        for between in (
            '\x1b[0m',
            '\x1b[38;5;12m',
            '\x9b1m',
            '\x00',
            '\x08',
            '\r',
            '\x0b',
            '\x85',
            '\u200b',
            '\u202e',
            '\u2028',
            '\ufe0f',
            '\U000e0041',
            '\x1b(B',
            '\x1b]8;;x\x07',
            '\x1b]0;title\x1b\\',
            '\x1bP1\x9c',
        ):
            self.hides(between.join(SECRET))

    def test_inside_a_sequence_that_a_terminal_takes_away(self) -> None:
        self.hides(f'\x1b]8;;{SECRET}\x07', f'\x1b]8;;{HIDDEN}\x07')

    def test_in_a_url(self) -> None:
        self.hides(quote(SECRET, safe=''))
        self.hides(quote_plus(SECRET))
        self.hides(quote(SECRET).lower())
        self.hides(''.join(f'%{byte:02X}' for byte in SECRET.encode()))
        self.hides(quote(quote(SECRET)))

    def test_in_html(self) -> None:
        self.hides(html.escape(SECRET))
        self.hides(''.join(f'&#{ord(character)};' for character in SECRET))
        self.hides(''.join(f'&#x{ord(character):04X};' for character in SECRET))

    def test_in_json_and_in_python(self) -> None:
        once = json.dumps(SECRET)[1:-1]
        for form in (
            once,
            once.replace('/', '\\/'),
            json.dumps(once)[1:-1],
            ''.join(f'\\u{ord(character):04x}' for character in SECRET),
            repr(SECRET)[1:-1],
            repr(SECRET.encode())[2:-1],
            html.escape(once),
            quote(once),
        ):
            self.hides(form)

    def test_of_characters_beyond_sixteen_bits(self) -> None:
        redact = self.redactor('TOKEN=key\U0001f511ring\n')
        for form in (
            json.dumps('key\U0001f511ring'),
            repr('key\U0001f511ring'),
            repr('key\U0001f511ring'.encode()),
        ):
            self.assertEqual(redact(form).strip('b"\''), HIDDEN)

    def test_in_base64_wherever_it_stands(self) -> None:
        for before in ('', 'u', 'us', 'use', 'user:'):
            for after in ('', '.', '..', '...'):
                for encode in (base64.b64encode, base64.urlsafe_b64encode):
                    text = encode((before + SECRET + after).encode()).decode()
                    for form in (text, quote(text), f'Basic {text}"'):
                        redacted = self.redact(form)
                        self.assertIn(HIDDEN, redacted)
                        # Of the whole group on each side at most a neighbour is left.
                        self.assertLess(
                            len(redacted.replace(HIDDEN, '')),
                            4 + len('Basic "') + len(before + after) * 4 / 3 + 4,
                        )

    def test_in_lines_of_base64(self) -> None:
        text = base64.encodebytes(b'-' * 50 + SECRET.encode() + b'-' * 70).decode()
        self.assertIn(HIDDEN, self.redact(text))

    def test_a_text_without_secrets_stays_as_it_is(self) -> None:
        for text in ('', 'x', 'a %41 &amp; \\u0041 \x1b[0m+\n' * 3, '\x1b', '%', '&', '\\', '\ud800'):
            self.assertEqual(self.redact(text), text.encode('utf-8', 'replace').decode())


class Values(WithHost):
    def test_a_key_goes_line_by_line(self) -> None:
        redact = self.redactor(
            'KEY="-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"\n'
        )
        self.assertEqual(
            redact('x MIIEvQIBADANBg y\n> kqhkiG9w0BAQEF'), 'x [redacted:KEY] y\n> [redacted:KEY]'
        )

    def test_a_password_in_a_url_goes_by_itself_however_it_is_written(self) -> None:
        redact = self.redactor('URL=postgres://shop:p%40ss-w0rd@db/shop\n')
        for form in ('p%40ss-w0rd', 'p@ss-w0rd', 'p%2540ss-w0rd'):
            self.assertEqual(redact(f'password {form}!'), 'password [redacted:URL]!')

    def test_short_values_are_not_hidden(self) -> None:
        self.assertEqual(self.redactor('A=yes\nB=\nC=80\n')('yes 80'), 'yes 80')

    def test_values_that_overlap_go_as_one(self) -> None:
        redact = self.redactor('A=first-part\nB=part-two\nC=aaaa\n')
        self.assertEqual(redact('x first-part-two y'), 'x [redacted:A] y')
        self.assertEqual(redact('x aaaaaaaaa y'), 'x [redacted:C] y')

    def test_a_value_that_still_runs_is_hidden_although_the_file_has_another(self) -> None:
        environment = {'TOKEN': 'old-token', 'GONE': 'old-other', 'LEVEL': 'debug-level'}
        text = 'old-token new-token old-other debug-level'
        for names, expected in (
            ((), '{0} {0} old-other debug-level'),
            (('GONE', 'TOKEN'), '{0} {0} [redacted:GONE] debug-level'),
        ):
            content = '\0'.join('{}={}'.format(*item) for item in environment.items()).encode()
            with mock.patch('builtins.open', opening('/proc/12/environ', content)):
                redact = self.redactor('TOKEN=new-token\n', names, running=12)
            self.assertEqual(redact(text), expected.format(HIDDEN))

    def test_the_names_of_variables_are_remembered_and_never_their_values(self) -> None:
        host = self.host('TOKEN=new-token\nMORE=x\n', ['GONE'])
        secret_values.remember_names(host)
        self.assertEqual((host.state, host.saved), ({'names': ['GONE', 'MORE', 'TOKEN']}, True))


def opening(path: str, content: bytes) -> Any:
    """Instead of `open`: of one path the content is this."""
    real = open

    def opened(name: Any, *more: Any, **named: Any) -> Any:
        return mock.mock_open(read_data=content)() if name == path else real(name, *more, **named)

    return opened


class Cuts(WithHost):
    def setUp(self) -> None:
        self.redact = self.redactor(f"TOKEN='{SECRET}'\n")

    def test_of_a_secret_that_was_cut_no_half_is_told_however_it_is_written(self) -> None:
        for form in (
            SECRET,
            quote(SECRET, safe=''),
            json.dumps(SECRET)[1:-1],
            html.escape(SECRET),
            '\x1b[0m'.join(SECRET),
        ):
            for at in range(len(form)):
                first, second = form[:at], form[at:]
                for half in (self.redact('a ' + first + CUT), self.redact(CUT + second + ' b')):
                    left = half.replace(CUT, '').replace(' ', '')
                    # Below four characters nothing is known to be a secret's. Written, they are a little more.
                    self.assertFalse('s3cr' in left or ('z>' in left and len(left) > 12), (form, at, half))


class Work(WithHost):
    def test_work_grows_with_the_size_of_the_text_alone(self) -> None:
        redact = self.redactor('TOKEN=s3cr3t-of-the-shop\nOTHER=%s\n' % ('aaaa' * 100))
        for unit in (
            's3cr3t-of-the-sho ',
            'a' * 399 + ' ',
            's3cr3t-of-' + CUT,
            '%73%33cr',
            '\x1b[0ms3',
            '\\u0073&#51;',
            '\x1b]s3cr3t ',
            'a',
        ):
            small, large = (calls_of(redact, (unit * size)[:size]) for size in (1 << 11, 1 << 15))
            # Sixteen times the size; each part compared with each other would be 256 times the work.
            self.assertLess(large / small, 40, unit)

    def test_of_a_text_too_large_to_be_looked_at_the_end_is_told(self) -> None:
        redact = self.redactor('TOKEN=s3cr3t-of-the-shop\n')
        said = redact('s3cr3t-of-the-sho ' * (10 << 20 >> 4) + 's3cr3t-of-the-shop.')
        self.assertTrue(said.endswith('[redacted:TOKEN].') and said.startswith(CUT), said[:100])
        self.assertLessEqual(len(said), MOST_TEXT + len(CUT))


def calls_of(redact: Redactor, text: str) -> int:
    """The function calls that one text takes. Unlike time, their number is the same on a busy machine."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ('call', 'c_call')

    sys.setprofile(count)
    try:
        redact(text)
    finally:
        sys.setprofile(None)
    return calls
