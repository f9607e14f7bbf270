"""The refusals on a full file system."""

from __future__ import annotations

import errno
import unittest

from landfall_host.protocol import describe_os_error


class NoSpace(unittest.TestCase):
    def said(self, path: str) -> str:
        error = describe_os_error(OSError(errno.ENOSPC, 'No space left on device', path))
        self.assertEqual(error['type'], 'NoSpace')
        return error['message']

    def test_of_run_who_may_have_filled_it(self) -> None:
        self.assertRegex(
            self.said('/run/systemd/system/x.service'),
            r'^No space left for /run/systemd/system/x.service: .*`systemctl stop`',
        )

    def test_of_others_what_to_do(self) -> None:
        self.assertRegex(
            self.said('/tmp/x'),
            r'^No space left for /tmp/x: \d+ MiB and \d+ inodes are free there. Free some and deploy again.$',
        )


if __name__ == '__main__':
    unittest.main()
