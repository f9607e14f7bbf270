"""The parts of a tree that a removal takes: never a kept path, never through a directory of another user."""

from __future__ import annotations

import os
import tempfile
import unittest
from unittest import mock

from landfall_host import removal_trees, removal_users
from landfall_host.removal_trees import parts_to_remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence


class Parts(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = os.path.join(os.path.realpath(directory.name), 'shop')
        for path in ('releases/1-aaaaaaa/code', 'releases/2-bbbbbbb/code', 'venvs/0123', 'shared/media'):
            os.makedirs(self.at(path))
        os.symlink('/etc', self.at('releases/3-ccccccc'))

    def at(self, path: str) -> str:
        return os.path.join(self.base, path)

    def parts(
        self, path: str, keep: Sequence[str], unsafe: Sequence[str] = (), mounts: Sequence[str] = ()
    ) -> list[str]:
        """`unsafe`: directories whose names another user can change."""

        def unsafe_parents(path: str) -> list[str]:
            return [each for each in unsafe if (path + '/').startswith(self.at(each) + '/')]

        with mock.patch.object(removal_trees, 'unsafe_parents', unsafe_parents), mock.patch.object(
            removal_trees, 'mount_points', lambda: iter(map(self.at, mounts))
        ):
            found = parts_to_remove(self.at(path), [self.at(each) for each in keep])
        return [os.path.relpath(each, self.base) for each in found]

    def test_nothing_kept_takes_the_whole_tree(self) -> None:
        self.assertEqual(self.parts('releases', []), ['releases'])

    def test_a_path_that_is_missing_or_kept_has_no_parts(self) -> None:
        self.assertEqual(self.parts('missing', []), [])
        self.assertEqual(self.parts('releases', ['releases']), [])

    def test_the_neighbours_of_a_kept_path_go_and_links_are_not_entered(self) -> None:
        self.assertEqual(
            self.parts('releases', ['releases/1-aaaaaaa']), ['releases/2-bbbbbbb', 'releases/3-ccccccc']
        )
        self.assertEqual(
            self.parts('releases', ['releases/3-ccccccc/x', 'releases/1-aaaaaaa', 'releases/2-bbbbbbb']),
            ['releases/3-ccccccc'],
        )

    def test_a_directory_whose_name_another_user_can_change_stays_whole_around_a_kept_path(self) -> None:
        self.assertEqual(
            self.parts('releases', ['releases/1-aaaaaaa/code'], unsafe=['releases/1-aaaaaaa']),
            ['releases/2-bbbbbbb', 'releases/3-ccccccc'],
        )

    def test_a_part_with_a_mount_stays(self) -> None:
        self.assertEqual(self.parts('shared', [], mounts=['shared/media']), [])
        self.assertEqual(self.parts('venvs', [], mounts=['shared/media']), ['venvs'])


class Keys(unittest.TestCase):
    def test_a_line_goes_alone_and_the_last_one_with_its_file(self) -> None:
        with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, {'HOME': home}):
            os.mkdir(os.path.join(home, '.ssh'))
            path = os.path.join(home, '.ssh', 'authorized_keys')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('ssh-ed25519 A ci\nssh-ed25519 B anna\n')
            removal_users.drop_line('ssh-ed25519 A ci')
            with open(path, encoding='utf-8') as file:
                self.assertEqual(file.read(), 'ssh-ed25519 B anna\n')
            removal_users.drop_line('ssh-ed25519 B anna')
            self.assertEqual(os.listdir(home), [])


if __name__ == '__main__':
    unittest.main()
