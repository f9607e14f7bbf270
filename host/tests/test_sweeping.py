"""Which jobs and files are of older deploys, or of writers that are gone."""

from __future__ import annotations

import os
import stat
import tempfile
import unittest

from landfall_host.job_sweep import fence_in, has_later_round, round_in
from landfall_host.scraps import OLD, PARTIAL, abandoned
from tests.shop import shop


class Jobs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.host = shop()
        self.host.var = folder.name

    def test_have_a_fence_if_they_are_of_this_service(self) -> None:
        for name, fence in (
            ('landfall-job-shop-7-migrate-0', 7),
            ('landfall-job-shop-12-pre-import-31', 12),
            ('landfall-job-shop-1-7-migrate-0', None),
            ('landfall-job-other-7-migrate-0', None),
            ('landfall-job-shop-7-migrate-0.service', None),
            ('landfall-job-shop-7-migrate', None),
            ('landfall-job-shop-7-x/../y-0', None),
        ):
            self.assertEqual(fence_in(self.host, name), fence, name)
        self.assertEqual(fence_in(self.host, 'landfall-job-shop-7-migrate-0.service', '.service'), 7)

    def test_have_rounds_that_count_up(self) -> None:
        self.assertEqual(
            round_in('landfall-job-shop-7-pre-import-12'), ('landfall-job-shop-7-pre-import-', 12)
        )
        for name in (
            'landfall-job-shop-7-soak-2',
            'landfall-job-shop-7-soak-10',
            'landfall-job-shop-8-soak-11',
        ):
            os.makedirs(self.host.job(name))
        self.assertTrue(has_later_round(self.host, 'landfall-job-shop-7-soak-9'))
        self.assertFalse(has_later_round(self.host, 'landfall-job-shop-7-soak-10'))


class PartialFiles(unittest.TestCase):
    def test_are_abandoned_when_their_writer_is_gone_or_they_are_old(self) -> None:
        gone = next(pid for pid in range(4194303, 1, -1) if not os.path.exists(f'/proc/{pid}'))
        with tempfile.TemporaryDirectory() as folder:
            names = [f'state.json.{pid}.new' for pid in (os.getpid(), gone)]
            for name in [*names, f'other.{gone}.new', 'state.json']:
                with open(os.path.join(folder, name), 'w'):
                    pass
            os.mkdir(os.path.join(folder, f'state.json.{gone - 1}.new'))

            def found() -> list[str]:
                return [
                    os.path.basename(path)
                    for path in abandoned(folder, r'state\.json' + PARTIAL, stat.S_ISREG, os.getuid())
                ]

            self.assertEqual(found(), names[1:])
            self.assertEqual(abandoned(folder, r'state\.json' + PARTIAL, stat.S_ISREG, os.getuid() + 1), [])
            past = os.stat(folder).st_mtime - OLD - 10
            os.utime(os.path.join(folder, names[0]), (past, past))
            self.assertEqual(sorted(found()), sorted(names))


if __name__ == '__main__':
    unittest.main()
