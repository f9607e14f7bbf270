"""How long a job took, on a host whose clock is set meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
import unittest
from unittest import mock

from landfall_host.files import write_json
from landfall_host.job_end import ended_well
from landfall_host.machine import since_boot

HOURS = 7200


class SetClock(unittest.TestCase):
    def test_what_took_its_time_did_not_end_well_and_what_did_not_take_it_did(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            for hours in (-HOURS, 0, HOURS):
                with mock.patch('time.time', return_value=time.time() + hours):
                    for ago, well in ((1, True), (61, False)):
                        started = {'at': since_boot() - ago, 'timeoutMilliseconds': 60000}
                        write_json(os.path.join(directory, 'started'), started)
                        self.assertIs(ended_well(directory, 0), well, (hours, ago))
