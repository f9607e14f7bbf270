"""Requests that the helper refuses before it uses any of them."""

from __future__ import annotations

import io
import json
import unittest

from landfall_host.protocol import PROTOCOL, Refused, check_request, read_request
from landfall_host.verbs import request_of, serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CLAIM = {'fence': 1, 'run': 'r', 'seq': 1, 'attempt': 1}
OBSERVE = {'address': None}


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b'\n'


class ALine(unittest.TestCase):
    def refused(self, sent: bytes) -> str:
        with self.assertRaises(Refused) as caught:
            read_request(io.BytesIO(sent))
        return f'{caught.exception.kind}: {caught.exception.message}'

    def test_is_one_line_of_json_with_an_object(self) -> None:
        for sent, why in (
            (b'', 'InvalidRequest: The request is not one line'),
            (b'{"protocol":1', 'InvalidRequest: The request is not one line'),
            (
                b' ' * (1 << 20) + b'\n',
                'InvalidRequest: The request is not one line of at most 1048576 bytes',
            ),
            (b'nonsense\n', 'InvalidRequest: The request is not JSON'),
            (b'\xff\xfe\n', 'InvalidRequest: The request is not JSON'),
            (b'[' * 100000 + b'\n', 'InvalidRequest: The request is not JSON'),
            (b'[]\n', 'InvalidRequest: The request is not a JSON object'),
        ):
            self.assertIn(why, self.refused(sent), sent[:40])

    def test_speaks_the_protocol_of_this_helper(self) -> None:
        for other in (PROTOCOL + 1, str(PROTOCOL), None, 'x' * 1000):
            why = self.refused(line(protocol=other))
            self.assertRegex(why, f'^SetupNeeded: .*speaks protocol {PROTOCOL}, not ')
            self.assertLess(len(why), 300)

    def test_asks_for_a_verb_that_there_is(self) -> None:
        for verb in ('destroy', ['observe'], None, 1, 'x' * 1000):
            with self.assertRaises(Refused) as caught:
                serve(io.BytesIO(line(protocol=PROTOCOL, verb=verb)))
            self.assertRegex(caught.exception.message, r'^There is no verb .{0,60}\.$')


class Fields(unittest.TestCase):
    def refused(self, verb: str, fields: dict[str, Any]) -> str:
        with self.assertRaises(Refused, msg=repr(fields)) as caught:
            check_request(request_of(verb), fields, 'fields')
        self.assertEqual(caught.exception.kind, 'InvalidRequest')
        return caught.exception.message

    def test_are_those_of_the_verb(self) -> None:
        self.assertIn("lacks the field 'address'", self.refused('observe', {}))
        self.assertIn("unknown field 'extra'", self.refused('observe', {**OBSERVE, 'extra': 1}))
        self.assertIn("unknown field 'extra'", self.refused('observe', {**OBSERVE, 'extra': '\ud800'}))
        unit = {'claim': CLAIM, 'release': '1-abcdef0', 'text': '[Service]\nUser=root\n'}
        self.assertIn("unknown field 'text'", self.refused('install-unit', unit))
        self.assertIn('claim: must be an object', self.refused('finish', {'claim': 1, 'outcome': 'x'}))

    def test_have_addresses_and_no_names(self) -> None:
        for address, why in (
            ({'host': '::1', 'port': '80'}, 'port: must be a whole number'),
            ({'host': '::1', 'port': True}, 'port: must be a whole number'),
            ({'host': 'localhost', 'port': 80}, 'host: must be an IP address'),
            ({'host': 'a' * 64 + '..b', 'port': 80}, 'host: must be an IP address'),
            ({'host': '1::2::3', 'port': 80}, 'host: must be an IP address'),
            ({'host': '::\ud800', 'port': 80}, 'host: must be an IP address'),
            ({'host': '1.2.3.256', 'port': 80}, 'host: must be an IP address'),
            ({'socket': '/run/../etc/x'}, 'plain absolute path'),
            ({'socket': 'run/x'}, 'plain absolute path'),
        ):
            self.assertIn(why, self.refused('observe', {'address': address}))

    def test_have_no_paths_or_unit_names_in_place_of_releases_and_steps(self) -> None:
        for release in ('../1-abcdef0', '1-abcdef0/..', '1-ABCDEF0', '1-abcdef0\n', '', '-1-abcdef0'):
            why = self.refused('discard', {'claim': CLAIM, 'release': release})
            self.assertIn('release: must be a release', why)
        for step in ('../x', 'x.service', 'X', 'x y', '', '-x', '%n'):
            why = self.refused('job-wait', {'fence': 1, 'step': step, 'round': 0, 'waitMilliseconds': 0})
            self.assertIn('step: must be', why)
        for python in ('-c', 'python3 -c', '../python\n'):
            self.assertIn('python: must be', self.refused('inspect', {'python': python, 'address': None}))

    def test_have_no_second_line_in_a_probe(self) -> None:
        probe = {'address': {'host': '::1', 'port': 80}, 'headers': {}, 'timeoutMilliseconds': 1000}
        for path in ('/ HTTP/1.1\r\nX: y', '/a b', 'x', '/\ud800', '/#x'):
            self.assertIn('path: must be', self.refused('probe', {**probe, 'path': path}))
        for headers in ({'X:': 'y'}, {'X': 'y\r\nZ: 1'}, {'': 'y'}):
            self.refused('probe', {**probe, 'path': '/', 'headers': headers})


if __name__ == '__main__':
    unittest.main()
