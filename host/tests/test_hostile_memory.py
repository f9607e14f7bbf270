"""The kernel's facts about the memory of a process, which decides how many they are and how long they take."""

from __future__ import annotations

import os
import signal
import tempfile
import unittest
from unittest import mock

from landfall_host import processes, secret_values
from tests.test_redaction import WithHost, opening

PID = 12
ENVIRON = f'/proc/{PID}/environ'


class Environments(WithHost):
    def forms(self, entries: list[str], file: str = 'TOKEN=new-token\nOTHER=other-token\n') -> int:
        """How many texts are looked for when a process has these."""
        with mock.patch('builtins.open', opening(ENVIRON, '\0'.join(entries).encode())):
            redact = self.redactor(file, running=PID)
        return len(redact.plain) + len(redact.base64)

    def test_a_process_adds_few_texts_to_look_for_however_many_it_has(self) -> None:
        most = self.forms([]) + secret_values.MOST_FORMS + 20
        for entries in (
            [f'TOKEN={at:07x}' for at in range(50000)],
            [
                '{}={}'.format(name, '\n'.join(f'{at:05x}' for at in range(1000)))
                for name in ('TOKEN', 'OTHER')
            ],
            ['TOKEN=' + ' '.join(f'a://b:{at:04x}@' for at in range(20000))],
            ['TOKEN=' + 'a' * 1000000],
        ):
            self.assertLessEqual(self.forms(entries), most, entries[0][:40])

    def test_what_an_honest_one_has_is_hidden_beside_what_is_beyond_the_limits(self) -> None:
        key = '\n'.join(f'line-{at}-of-a-key' for at in range(100))
        entries = ['TOKEN=' + 'a' * 100000, 'OTHER=' + key, 'OTHER=second']
        with mock.patch('builtins.open', opening(ENVIRON, '\0'.join(entries).encode())):
            redact = self.redactor('TOKEN=new-token\nOTHER=other-token\n', running=PID)
        self.assertEqual(
            redact('new-token line-7-of-a-key second'), '[redacted:TOKEN] [redacted:OTHER] second'
        )

    def test_a_long_value_of_a_file_is_read_in_one_go(self) -> None:
        redact = self.redactor(f'TOKEN={"a" * 300000}\nURL={"b" * 300000}://u:p4ss@word@h\n')
        self.assertEqual(redact('p4ss p4ss@word'), '[redacted:URL] [redacted:URL]')

    def test_one_that_never_lets_its_environment_be_read_keeps_nobody(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            never = os.path.join(directory, 'never')
            os.mkfifo(never)
            real = open
            with mock.patch(
                'builtins.open',
                lambda name, *more, **named: real(never if name == ENVIRON else name, *more, **named),
            ):
                redact = self.redactor('TOKEN=new-token\n', running=PID)
        self.assertEqual(redact('new-token'), '[redacted:TOKEN]')


class Sizes(unittest.TestCase):
    def test_memory_that_takes_too_long_to_count_is_unknown(self) -> None:
        unit = {'MainPID': str(os.getpid()), 'ControlGroup': ''}
        self.assertGreater(processes.memory_of(unit) or 0, 0)
        with mock.patch.object(processes, 'MOST_SECONDS', 0.1), mock.patch.object(
            processes, 'read_of_kernel', lambda path: signal.pause()
        ):
            self.assertIsNone(processes.memory_of(unit))
