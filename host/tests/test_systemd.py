"""The output of systemd and the journal, and the texts that programs can put in between."""

from __future__ import annotations

import json
import unittest

from landfall_host.journal import lines_for, newest
from landfall_host.run import run
from landfall_host.systemd import FIELDS, number, parse_entries, parse_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SEPARATORS = '\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029'


class Units(unittest.TestCase):
    def test_only_a_newline_ends_a_property(self) -> None:
        for separator in SEPARATORS:
            out = f'MainPID=12\nResult=x{separator}MainPID=abc\nNRestarts=0\n'
            self.assertEqual(
                parse_units(out, ('MainPID', 'Result', 'NRestarts')),
                [{'MainPID': '12', 'Result': f'x{separator}MainPID=abc', 'NRestarts': '0'}],
            )

    def test_only_what_was_asked_counts_and_only_the_first_time(self) -> None:
        out = 'MainPID=12\nStatusText=x\nMainPID=13\nnonsense\n=\n\nId=b\n\n\n'
        self.assertEqual(parse_units(out, ('MainPID', 'Id')), [{'MainPID': '12'}, {'Id': 'b'}])


class Numbers(unittest.TestCase):
    def test_a_number_is_digits_within_bounds(self) -> None:
        self.assertEqual(
            [number(text) for text in ('0', '12', 7, '9223372036854775807')], [0, 12, 7, (1 << 63) - 1]
        )
        for text in (
            '',
            'abc',
            '-1',
            '+1',
            ' 1',
            '1_0',
            '1.0',
            '1e3',
            '\u0663',
            '\u00b2',
            '18446744073709551615',
            '9' * 5000,
            None,
            [1],
        ):
            self.assertIsNone(number(text), text)

    def test_a_number_has_a_bound_of_its_own(self) -> None:
        self.assertEqual((number('60', 60), number('61', 60)), (60, None))


class Entries(unittest.TestCase):
    def test_a_line_that_is_no_entry_hides_none(self) -> None:
        good = json.dumps({'MESSAGE': 'said'})
        bad = ['{', 'null', '[]', '"x"', '1', '[' * 100000, '{"MESSAGE": "half']
        self.assertEqual(
            [entry['MESSAGE'] for entry in parse_entries('\n'.join([good, *bad, good]))], ['said', 'said']
        )

    def test_a_separator_inside_a_message_cuts_no_entry(self) -> None:
        messages = [f'a{separator}b' for separator in SEPARATORS]
        out = '\n'.join(json.dumps({'MESSAGE': message}, ensure_ascii=False) for message in messages)
        self.assertEqual([entry['MESSAGE'] for entry in parse_entries(out)], messages)

    def test_a_field_of_any_form_is_text(self) -> None:
        forms = [
            ('x', 'x'),
            ([120, 255], 'x\ufffd'),
            ([], ''),
            (None, '[too long to be shown here]'),
            (['a', 'b'], 'a'),
            ([[120], 'b'], 'x'),
            ([None], ''),
            ([300], ''),
            ([True], ''),
            (7, ''),
            ({'a': 1}, ''),
            ([[[[1]]]], ''),
        ]
        for value, expected in forms:
            self.assertEqual(parse_entries(json.dumps({'MESSAGE': value}))[0]['MESSAGE'], expected, value)


def entry(**fields: Any) -> dict[str, str]:
    return dict(dict.fromkeys(FIELDS, ''), **fields)


class Lines(unittest.TestCase):
    def test_a_line_says_when_and_who(self) -> None:
        of = entry(
            MESSAGE='one\ntwo', SYSLOG_IDENTIFIER='serve', _PID='12', __REALTIME_TIMESTAMP='1700000000123456'
        )
        self.assertEqual(lines_for(of, str), ['22:13:20.123Z serve[12]: one', '22:13:20.123Z serve[12]: two'])

    def test_a_program_cannot_call_itself_process_1(self) -> None:
        of = entry(MESSAGE='x', SYSLOG_IDENTIFIER='systemd[1]: y\nz', _PID='12')
        self.assertEqual(lines_for(of, str), ['00:00:00.000Z systemd?1???y?z[12]: x'])

    def test_numbers_that_are_none_are_left_out(self) -> None:
        for wrong in ('abc', '-1', '9' * 30, str(1 << 62)):
            self.assertRegex(
                lines_for(entry(MESSAGE='x', __REALTIME_TIMESTAMP=wrong), str)[0],
                r'^\d\d:\d\d:\d\d\.\d{3}Z \?: x$',
            )
            self.assertRegex(
                lines_for(entry(MESSAGE='x', _PID=wrong), str)[0], r'^00:00:00\.000Z \?(\[\d+\])?: x$'
            )

    def test_what_systemd_said_stays_whatever_a_program_says(self) -> None:
        flood = [(False, f'x{n}') for n in range(1000)]
        kept = newest([(True, 'first'), *flood[:500], (True, 'middle'), *flood[500:]])
        self.assertEqual(kept, ['first', 'middle'] + [line for _, line in flood[-98:]])

    def test_lines_have_a_size_together(self) -> None:
        kept = newest([(False, 'x' * 1000)] * 50)
        self.assertEqual(len(kept), 24)


class Runs(unittest.TestCase):
    def test_a_program_that_prints_too_much_is_ended_and_what_it_printed_is_there(self) -> None:
        status, out, err = run(['sh', '-c', 'while :; do echo 123456789; done'], most=100000)
        self.assertEqual((status, out[:20]), (124, '123456789\n' * 2))
        self.assertIn('printed more than 100000 bytes', err)
        self.assertLess(len(out), 300000)
