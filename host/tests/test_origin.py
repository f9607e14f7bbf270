"""Which modules may serve in the place of a release's own."""

from __future__ import annotations

import os
import sysconfig
import tempfile
import unittest
from pathlib import Path

from landfall_gate.origin import Release, foreign_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SITE = '/venvs/a1/lib/python3.11/site-packages'


class Origin(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.base = os.path.realpath(folder.name)
        for path in (
            'main.py',
            'src/shop/__init__.py',
            'src/shop/web.py',
            'alembic/__init__.py',
            'lib/common.py',
        ):
            self.write(f'releases/2-b/{path}')
        self.write('venvs/a1/pyvenv.cfg')
        os.symlink(self.base + '/venvs/a1', self.base + '/releases/2-b/.venv')

    def write(self, path: str) -> None:
        Path(self.base, path).parent.mkdir(parents=True, exist_ok=True)
        Path(self.base, path).write_text('')

    def found(self, app: str, files: dict[str, str | None], began: str = '') -> Any:
        directory = self.base + '/releases/2-b'
        placed = {name: file and file.replace('~', self.base) for name, file in files.items()}
        found = foreign_in(app, placed, Release(directory, directory + began, [directory + '/lib']))
        return found and (found.words.replace(self.base, '~'), found.is_installed)

    def test_a_module_of_the_release_and_of_its_environments_may(self) -> None:
        release = '~/releases/2-b/'
        for files in (
            {'main': release + 'main.py'},
            {'main': release + 'main.py', 'starlette': f'~{SITE}/starlette/__init__.py'},
            {'main': release + 'main.py', 'json': sysconfig.get_path('stdlib') + '/json/__init__.py'},
            # Of the service's host, and in the place of no module of the release.
            {'main': release + 'main.py', 'company': '/opt/company/company.py'},
            # A package of the environment that has the name of a folder of the release.
            {'main': release + 'main.py', 'alembic': f'~{SITE}/alembic/__init__.py'},
            {'main': release + 'main.py', '__main__': '/opt/old/main.py', 'common': None},
        ):
            self.assertIsNone(self.found('main', dict(files)), files)

    def test_a_shared_file_may(self) -> None:
        self.write('shared/local.py')
        os.symlink(self.base + '/shared/local.py', self.base + '/releases/2-b/local.py')
        self.assertIsNone(self.found('local', {'local': '~/releases/2-b/local.py'}))

    def test_an_old_checkout_may_not(self) -> None:
        words = 'which is not part of the release'
        for app, name, file in (
            ('main', 'main', '/opt/old/main.py'),
            # A namespace package has no file, and the release has none of it.
            ('old.web', 'old', '/opt/old/old'),
            # Behind the app: a module that the release has too.
            ('main', 'common', '/opt/old/common.py'),
            ('main', 'shop.web', '/opt/old/shop/web.py'),
            # Another release of the service.
            ('main', 'main', '~/releases/1-a/main.py'),
        ):
            files: dict[str, str | None] = {'main': '~/releases/2-b/main.py', name: file}
            self.assertEqual(self.found(app, files), (f'{name} was imported from {file}, {words}', False))

    def test_an_installed_package_with_the_name_of_the_app_may_not(self) -> None:
        file = f'~{SITE}/shop/web.py'
        said = f'shop.web was imported from {file}, and the release has src/shop/web.py'
        self.assertEqual(self.found('shop.web', {'shop.web': file}), (said, True))

    def test_the_folder_of_the_service_counts(self) -> None:
        self.write('releases/2-b/services/shop/settings.py')
        files: dict[str, str | None] = {'main': '~/releases/2-b/main.py', 'settings': '/opt/old/settings.py'}
        self.assertIsNone(self.found('main', files))
        self.assertIsNotNone(self.found('main', files, '/services/shop'))


if __name__ == '__main__':
    unittest.main()
