"""The gate's result as data, and the helper's checks of it."""

from __future__ import annotations

import json
import unittest

from landfall_gate.result import no_gate_status, ready_status, refused_status
from landfall_host.gate_result import gate_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import GateResult


def read(status: str) -> GateResult | None:
    """As systemd passes it on, from a host with one secret."""
    return gate_result(status, lambda text: text.replace('s3cr3t', '[redacted]'))


def sent(status: str) -> GateResult:
    """As a message to systemd, which takes a backslash for an escape when it shows a status."""
    if '\\' in status:
        raise ValueError('systemd does not show as it is: ' + status)
    result = read(status[len('STATUS=') :])
    if result is None:
        raise ValueError('the helper does not read ' + status)
    return result


class AGateResult(unittest.TestCase):
    def test_arrives_as_it_was_said(self) -> None:
        self.assertEqual(
            sent(ready_status(4, 1, 0.8124, None)), {'ready': 4, 'unproven': 1, 'ms': 812, 'note': None}
        )
        self.assertEqual(sent(ready_status(1, 0, 2, 'another class')).get('note'), 'another class')
        self.assertEqual(sent(refused_status('not ready: "503"\n')), {'refused': 'not ready: "503"\n'})
        self.assertEqual(sent(no_gate_status('no class')), {'none': 'no class'})

    def test_holds_the_answer_of_an_app_in_json(self) -> None:
        words = '/ready answered 503: {"database":"down","path":"C:\\x"} at 100%'
        self.assertEqual(sent(refused_status(words)), {'refused': words})

    def test_fits_into_a_message_to_systemd_whatever_it_says(self) -> None:
        for letter in ('x', '\x01', '"', 'é', '\U0001f600', '\ud800'):
            status = refused_status(letter * 10000)
            self.assertLess(len(status.encode()), 4096, letter)
            self.assertIn('[landfall: cut]', str(sent(status).get('refused')))

    def test_has_no_secret(self) -> None:
        self.assertEqual(sent(refused_status('token s3cr3t')), {'refused': 'token [redacted]'})
        self.assertEqual(sent(ready_status(1, 0, 1, 's3cr3t')).get('note'), '[redacted]')

    def test_is_nothing_where_it_is_malformed(self) -> None:
        good = {'ready': 1, 'unproven': 0, 'ms': 5}
        for status in (
            '',
            'Gunicorn arbiter booted',
            'landfall-gate',
            'landfall-gate ',
            'landfall-gate {',
            'landfall-gate []',
            'landfall-gate {}',
            'landfall-gate 1',
            'landfall-gate ' + '[' * 3000,
            'landfall gate: 2 workers ready after 0.3 s',
            'x landfall-gate ' + json.dumps(good),
            *(
                'landfall-gate ' + json.dumps({**good, name: value})
                for name in good
                for value in (None, True, -1, 1.5, '1', 1 << 60)
            ),
            'landfall-gate {"refused": 1}',
            'landfall-gate {"none": null}',
            'landfall-gate {"ready":1,"unproven":0,"ms":NaN}',
        ):
            self.assertIsNone(read(status), status[:80])

    def test_is_short_whoever_says_it(self) -> None:
        lie = 'landfall-gate ' + json.dumps({'refused': 'x' * 3000, 'other': 1})
        self.assertEqual(read(lie), {'refused': 'x' * 700})


if __name__ == '__main__':
    unittest.main()
