"""Whether a process runs, by what systemd shows."""

from __future__ import annotations

import unittest

from landfall_host.process_files import Name
from landfall_host.process_state import Process


def process(**shown: str) -> Process:
    return Process(Name('12-3fa9c1e', 'worker', 7, 'service'), {'Id': 'x.service', **shown})


class AProcess(unittest.TestCase):
    def test_that_systemd_has_not_begun_to_start_yet_is_starting(self) -> None:
        for job in ('417', '1'):
            asked = process(ActiveState='inactive', Job=job)
            self.assertEqual((asked.active, asked.is_alive), ('activating', True))

    def test_that_has_ended_or_ends_is_what_systemd_says(self) -> None:
        for shown, alive in (
            ({'ActiveState': 'inactive'}, False),
            ({'ActiveState': 'inactive', 'Job': '0'}, False),
            ({'ActiveState': 'inactive', 'Job': ''}, False),
            ({'ActiveState': 'deactivating', 'Job': '418'}, False),
            ({'ActiveState': 'failed'}, False),
            ({'ActiveState': 'active'}, True),
        ):
            found = process(**shown)
            self.assertEqual((found.active, found.is_alive), (shown['ActiveState'], alive), shown)


if __name__ == '__main__':
    unittest.main()
