"""No files of the helper or the gate import each other in a circle. Imports of types count."""

from __future__ import annotations

import ast
import unittest
from pathlib import Path

HOST = Path(__file__).parent.parent
PACKAGES = ('landfall_host', 'landfall_gate')


def modules() -> dict[str, Path]:
    files = [file for package in PACKAGES for file in sorted((HOST / package).glob('*.py'))]
    return {f'{file.parent.name}.{file.stem}': file for file in files}


def imported(file: Path, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
            found.update(f'{node.module}.{name.name}' for name in node.names)
    return found & known


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of a circle, or of a way into one; empty without a circle."""
    left = dict(imports)
    while True:
        last = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not last:
            return sorted(left)
        for name in last:
            del left[name]


class Imports(unittest.TestCase):
    def test_no_files_import_each_other_in_a_circle(self) -> None:
        files = modules()
        self.assertGreater(len(files), 40)
        self.assertEqual(circle({name: imported(file, set(files)) for name, file in files.items()}), [])

    def test_a_circle_is_found(self) -> None:
        self.assertEqual(circle({'a': {'b'}, 'b': {'c'}, 'c': {'b'}, 'd': set()}), ['a', 'b', 'c'])


if __name__ == '__main__':
    unittest.main()
