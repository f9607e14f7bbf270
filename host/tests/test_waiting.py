from __future__ import annotations

import os
import tempfile
import unittest

from landfall_host.waiting import lock_within, wait_until


class Waiting(unittest.TestCase):
    def test_ends_with_the_condition(self) -> None:
        looks = iter([False, False, True])
        self.assertTrue(wait_until(lambda: next(looks), 60, pause=0.001))
        self.assertEqual(list(looks), [])

    def test_ends_at_the_limit_after_at_least_one_look(self) -> None:
        looks: list[int] = []

        def never() -> bool:
            looks.append(1)
            return False

        self.assertFalse(wait_until(never, 0))
        self.assertEqual(looks, [1])

    def test_gives_a_lock_to_one_at_a_time(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            first, second = (os.open(file.name, os.O_RDWR) for _ in range(2))
            self.assertTrue(lock_within(first, 0))
            self.assertFalse(lock_within(second, 0.03))
            os.close(first)
            self.assertTrue(lock_within(second, 0))
            os.close(second)


if __name__ == '__main__':
    unittest.main()
