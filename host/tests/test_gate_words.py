"""How the gate shows an exception in one line."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from landfall_gate.error_words import in_words, of_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STARTUP = [
    'Traceback (most recent call last):',
    '  File "{here}/.venv/lib/python3.11/site-packages/starlette/routing.py", line 693, in lifespan',
    '    async with self.lifespan_context(app) as maybe_state:',
    '  File "{here}/shop/main.py", line 12, in lifespan',
    "    raise RuntimeError('no database at\n10.0.0.5:5432')",
    '  File "/usr/lib/python3.11/socket.py", line 3, in connect',
    '    connect()',
    'RuntimeError: no database at',
    '10.0.0.5:5432',
]


class ErrorWords(unittest.TestCase):
    def setUp(self) -> None:
        self.before = os.getcwd()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, self.before)
        os.chdir(folder.name)
        self.here = os.getcwd()

    def raised_by(self, code: str) -> str:
        path = Path(self.here, 'settings.py')
        path.write_text(code)
        scope: dict[str, Any] = {}
        try:
            exec(compile(code, str(path), 'exec'), scope)  # noqa: S102 -- the test's own text
        except BaseException as error:
            return in_words(error)
        return 'nothing'

    def test_names_the_line_of_the_project(self) -> None:
        self.assertEqual(
            self.raised_by('import os\nos.environ["NO_SUCH_NAME"]'),
            "KeyError: 'NO_SUCH_NAME' (settings.py line 2)",
        )

    def test_takes_no_place_outside_of_the_project(self) -> None:
        try:
            int('x')
        except ValueError as error:
            self.assertEqual(in_words(error), "ValueError: invalid literal for int() with base 10: 'x'")

    def test_does_not_take_the_frames_of_an_import_for_files(self) -> None:
        said = self.raised_by('import importlib\nimportlib.import_module("no_such_module")')
        self.assertEqual(said, "ModuleNotFoundError: No module named 'no_such_module' (settings.py line 2)")

    def test_reads_a_traceback_as_text(self) -> None:
        self.assertEqual(
            of_text('\n'.join(STARTUP).format(here=self.here)),
            'RuntimeError: no database at 10.0.0.5:5432 (shop/main.py line 12)',
        )
        self.assertEqual(of_text('no\n  database'), 'no database')
        self.assertEqual(of_text(''), '')
