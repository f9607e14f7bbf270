"""Lines are cut where the program that reads them cuts them: at newlines."""

from __future__ import annotations

import tempfile
import unittest

from landfall_host.setup_policy import is_environment_file
from landfall_host.unit_files import masked_diff

SEPARATORS = '\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029'


class Lines(unittest.TestCase):
    def test_a_value_is_hidden_to_its_end_in_a_diff(self) -> None:
        for separator in SEPARATORS:
            diff = '\n'.join(masked_diff(None, f'[Service]\nEnvironment=A=x{separator}shown\nType=simple\n'))
            self.assertIn('\n+Environment=A=***\n+Type=simple', diff)

    def test_a_value_of_an_environment_file_may_have_any_character(self) -> None:
        for separator in SEPARATORS:
            with tempfile.NamedTemporaryFile('w') as file:
                file.write(f'# a{separator}b\nNAME=one{separator}two\n')
                file.flush()
                self.assertTrue(is_environment_file(file.name), ascii(separator))
