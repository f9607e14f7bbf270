"""Which start of a unit has the reason, where systemd has started it again by itself."""

from __future__ import annotations

import unittest

from landfall_host.journal import is_silent, start_before


def entry(pid: str, invocation: str = '') -> dict[str, str]:
    return {'_PID': pid, 'INVOCATION_ID': invocation}


class Starts(unittest.TestCase):
    def test_the_last_start_before_this_one(self) -> None:
        for about, start in (
            (['a', 'a', 'b', 'b', 'c'], 'b'),
            (['a', 'c', 'c'], 'a'),
            (['a', '', 'c'], 'a'),
            (['c'], ''),
            ([], ''),
        ):
            with self.subTest(about=about):
                self.assertEqual(start_before([entry('1', each) for each in about], 'c'), start)

    def test_a_start_of_which_only_systemd_speaks_is_silent(self) -> None:
        self.assertTrue(is_silent([entry('1')]))
        self.assertTrue(is_silent([]))
        self.assertFalse(is_silent([entry('1'), entry('54')]))


if __name__ == '__main__':
    unittest.main()
