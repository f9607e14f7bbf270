"""Modules of each package form layers: no import leads in a circle, also none that waits inside a function."""

from __future__ import annotations

import ast
import subprocess
import sys
import unittest
from pathlib import Path

HOST = Path(__file__).resolve().parent.parent
# For the type checker only.
TYPES = ('contract_types', 'gunicorn_types', 'shapes')


def imports_of(path: Path, package: str) -> set[str]:
    """The modules of the package that this one imports at run time."""
    found: set[str] = set()

    class Imports(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if not (isinstance(node.test, ast.Name) and node.test.id == 'TYPE_CHECKING'):
                self.generic_visit(node)

        def visit_Import(self, node: ast.Import) -> None:
            found.update(each.name for each in node.names)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            module = node.module or ''
            found.update([module] if module != package else [f'{package}.{each.name}' for each in node.names])

    Imports().visit(ast.parse(path.read_text()))
    return {name[len(package) + 1 :] for name in found if name.startswith(package + '.')}


def circle_in(imports: dict[str, set[str]]) -> list[str]:
    """A circle of modules; empty: there is none."""
    done: set[str] = set()

    def follow(module: str, path: list[str]) -> list[str]:
        if module in path:
            return path[path.index(module) :]
        if module in done:
            return []
        for each in sorted(imports.get(module, ())):
            circle = follow(each, [*path, module])
            if circle:
                return circle
        done.add(module)
        return []

    return next(filter(None, (follow(module, []) for module in sorted(imports))), [])


# Modules of the standard library that take longer to import than the rest of a short request.
SLOW = {
    'argparse',
    'asyncio',
    'ctypes',
    'dataclasses',
    'datetime',
    'hashlib',
    'http',
    'inspect',
    'ipaddress',
    'logging',
}
SLOW |= {
    'pathlib',
    'random',
    'shutil',
    'socket',
    'subprocess',
    'tempfile',
    'threading',
    'traceback',
    'typing',
    'zipfile',
}


class Imports(unittest.TestCase):
    def test_of_short_requests_are_quick(self) -> None:
        for module in ('unit', 'claims', 'overlap', 'service', 'jobs', 'job_command'):
            code = f'import sys; sys.path.insert(0, {str(HOST)!r}); import landfall_host.verbs, landfall_host.{module}'
            loaded = subprocess.run(
                [sys.executable, '-IS', '-c', code + '; print(*sys.modules)'],
                stdout=subprocess.PIPE,
                check=True,
            ).stdout.decode()
            self.assertIn('landfall_host.' + module, loaded.split())
            self.assertEqual(SLOW.intersection(loaded.split()), set(), module)

    def test_form_no_circle(self) -> None:
        for package in ('landfall_gate', 'landfall_host'):
            imports = {path.stem: imports_of(path, package) for path in (HOST / package).glob('*.py')}
            self.assertGreater(sum(map(len, imports.values())), 20)
            self.assertEqual(circle_in(imports), [], package)

    def test_leave_types_to_the_type_checker(self) -> None:
        for package in ('landfall_gate', 'landfall_host'):
            for path in (HOST / package).glob('*.py'):
                if path.stem not in TYPES:
                    self.assertEqual(imports_of(path, package).intersection(TYPES), set(), path)

    def test_in_the_gate_lead_only_to_files_above_in_its_reading_order(self) -> None:
        text = ast.get_docstring(ast.parse((HOST / 'landfall_gate' / '__init__.py').read_text())) or ''
        rows = [line for line in text.split('\n') if line.startswith('    ')]
        order = [name for row in rows for name in row.strip().split('  ')[0].split(', ')]
        modules = {path.stem for path in (HOST / 'landfall_gate').glob('*.py')} - {'__init__'}
        self.assertEqual(set(order), modules)
        for module in modules:
            for each in imports_of(HOST / 'landfall_gate' / f'{module}.py', 'landfall_gate'):
                self.assertLess(order.index(each), order.index(module), f'{module} imports {each}')

    def test_a_circle_would_be_found(self) -> None:
        self.assertEqual(circle_in({'a': {'b'}, 'b': {'c'}, 'c': {'b'}, 'd': set()}), ['b', 'c'])


if __name__ == '__main__':
    unittest.main()
