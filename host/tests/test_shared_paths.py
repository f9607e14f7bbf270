from __future__ import annotations

import os
import tempfile
import unittest
from types import SimpleNamespace
from unittest import mock

from landfall_host import shared_paths
from landfall_host.protocol import Refused
from landfall_host.shared_paths import aside_of, fill_shared, is_file, is_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def here(_: str, work: Any, *arguments: Any, **__: Any) -> Any:
    return work(*arguments)


class Kinds(unittest.TestCase):
    def test_a_name_says_file_or_folder_or_neither(self) -> None:
        kinds = {
            'uploads': 'folder',
            'data/uploads': 'folder',
            'app.d/uploads': 'folder',
            'v1.2': 'folder',
            '.env/': 'folder',
            'app.db/': 'folder',
            'app.db': 'file',
            'data/APP.SQLite3': 'file',
            'app.log': 'file',
            '.env': None,
            'config.json': None,
            'certs/.netrc': None,
        }
        found = {name: 'file' if is_file(name) else 'folder' if is_folder(name) else None for name in kinds}
        self.assertEqual(found, kinds)


class Filling(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shared = os.path.join(folder.name, 'shared')
        self.into = os.path.join(folder.name, 'release')
        patch = mock.patch.object(shared_paths, 'as_user', here)
        patch.start()
        self.addCleanup(patch.stop)

    def fill(self, *shared: str) -> list[str]:
        host: Any = SimpleNamespace(shared=self.shared, user='shop')
        return fill_shared(host, list(shared), self.into)

    def put(self, path: str, content: str = '') -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(content)

    def of_release(self, index: int, name: str = '', content: str = '') -> None:
        self.put(os.path.join(aside_of(self.into), str(index), name).rstrip('/'), content)

    def test_makes_folders_and_leaves_files_to_the_app(self) -> None:
        self.assertEqual(self.fill('uploads', '.cache/', 'data/app.db'), [])
        self.assertEqual(sorted(os.listdir(self.shared)), ['.cache', 'data', 'uploads'])
        self.assertEqual(os.listdir(self.shared + '/data'), [])

    def test_begins_with_what_the_release_has(self) -> None:
        self.of_release(0, content='A=1')
        self.of_release(1, 'deep/logo.png', 'png')
        notes = self.fill('.env', 'media')
        with open(self.shared + '/.env') as file:
            self.assertEqual(file.read(), 'A=1')
        self.assertTrue(os.path.isfile(self.shared + '/media/deep/logo.png'))
        self.assertEqual(
            notes,
            ['.env in shared begins as the commit has it', 'media in shared begins as the commit has it'],
        )
        self.assertEqual(sorted(os.listdir(self.shared)), ['.env', 'media'])

    def test_leaves_what_is_there_and_says_what_it_lacks(self) -> None:
        self.put(self.shared + '/media/old.png')
        self.put(self.shared + '/app.db', 'data')
        self.of_release(0, 'new.png')
        self.of_release(1, content='empty')
        notes = self.fill('media', 'app.db')
        self.assertEqual(
            notes, ['media in shared lacks new.png of the commit, which the service does not see']
        )
        with open(self.shared + '/app.db') as file:
            self.assertEqual(file.read(), 'data')

    def test_an_empty_folder_in_the_place_of_a_database_goes(self) -> None:
        os.makedirs(self.shared + '/app.db')
        self.fill('app.db')
        self.assertEqual(os.listdir(self.shared), [])
        self.put(self.shared + '/app.db/kept')
        self.fill('app.db')
        self.assertEqual(os.listdir(self.shared + '/app.db'), ['kept'])

    def test_refuses_to_guess_before_anything_is_made(self) -> None:
        with self.assertRaises(Refused) as caught:
            self.fill('uploads', '.env')
        self.assertIn(
            'may be a file or a folder. Put the file there (install -o shop', caught.exception.message
        )
        self.assertFalse(os.path.exists(self.shared))


if __name__ == '__main__':
    unittest.main()
