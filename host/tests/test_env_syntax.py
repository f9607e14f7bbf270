"""The findings about an environment file, one row each."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from landfall_host import env_syntax
from landfall_host.env_syntax import NOT_TEXT

# systemd reads the same files in test/host/landfall-host/env-syntax.test.ts.
EXAMPLES = json.loads(Path(__file__).with_name('env_examples.json').read_text())


class AnEnvironmentFile(unittest.TestCase):
    def test_has_a_finding_where_systemd_reads_it_otherwise(self) -> None:
        for example in EXAMPLES:
            with self.subTest(example):
                found = [list(each) for each in env_syntax.findings(example['file'].encode())]
                self.assertEqual(found, [example['finding']] if example['finding'] else [])

    def test_may_be_no_text(self) -> None:
        self.assertEqual(env_syntax.findings(b'A=1\nB=\xff\n'), [(2, NOT_TEXT, True)])
        self.assertEqual(env_syntax.findings(b'\xff\xfeA\0=\0'), [(1, NOT_TEXT, True)])

    def test_tells_all_of_them_and_no_value(self) -> None:
        content = b'export A=s3cr3t\nB=s3cr3t # s3cr3t\ns3cr3t\ns3cr3t==\nC="s3cr3t'
        found = env_syntax.findings(content)
        self.assertEqual([line for line, _, _ in found], [1, 2, 3, 5])
        self.assertNotIn('s3cr3t', repr(found))
