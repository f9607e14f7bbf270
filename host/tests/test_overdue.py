"""When a unit that was told to end has had its time."""

from __future__ import annotations

import unittest

from landfall_host.overdue import is_overdue, seconds_in


class Spans(unittest.TestCase):
    def test_systemd_s_words_are_seconds(self) -> None:
        for text, seconds in (
            ('1min 30s', 90),
            ('3s', 3),
            ('500ms', 0.5),
            ('1.500s', 1.5),
            ('2h 1min', 7260),
            ('1d', 86400),
        ):
            self.assertAlmostEqual(seconds_in(text) or 0, seconds)

    def test_anything_else_is_no_limit(self) -> None:
        for text in ('infinity', '', '90', '3 s', '-3s', '3parsecs', 'abc', '9' * 400 + 's'):
            self.assertIsNone(seconds_in(text))


UNIT = {
    'ActiveState': 'deactivating',
    'StateChangeTimestampMonotonic': '100000000',
    'TimeoutStopUSec': '40s',
}


class Overdue(unittest.TestCase):
    def test_a_unit_has_its_own_time_and_a_little_more(self) -> None:
        self.assertEqual([is_overdue(UNIT, now) for now in (100, 144.9, 145.1)], [False, False, True])

    def test_only_one_that_was_told_to_end_and_has_a_limit(self) -> None:
        for change in (
            {'ActiveState': 'active'},
            {'ActiveState': 'failed'},
            {'TimeoutStopUSec': 'infinity'},
            {'StateChangeTimestampMonotonic': '0'},
            {'StateChangeTimestampMonotonic': 'abc'},
        ):
            self.assertFalse(is_overdue(dict(UNIT, **change), 1e6), change)
        self.assertFalse(is_overdue({}, 1e6))
