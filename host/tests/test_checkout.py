"""The checkout that a service runs from: what a move would lose, what it runs, and what an interrupted one leaves."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from landfall_host import checkout_git, checkout_look
from landfall_host.checkout import runs_in
from landfall_host.checkout_git import (
    has_commit,
    head_of,
    in_the_way,
    keep,
    local_changes,
    move,
    receive,
    set_aside,
)
from landfall_host.checkout_links import link_untracked
from landfall_host.checkout_look import look, owned
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WHO = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']


class Checkout(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = mock.patch.dict(os.environ)
        environment.start()
        self.addCleanup(environment.stop)
        self.folder, self.place = folder.name, os.path.join(folder.name, 'shop')
        os.mkdir(self.place)
        self.git('init', '--quiet', '--initial-branch=main')
        self.first = self.commit({'main.py': '1\n', 'lib/a.py': 'a\n'})

    def git(self, *words: str, place: str | None = None) -> str:
        return subprocess.check_output(['git', *WHO, '-C', place or self.place, *words], text=True).strip()

    def write(self, files: dict[str, str]) -> None:
        for name, content in files.items():
            path = os.path.join(self.place, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as file:
                file.write(content)

    def read(self, name: str) -> str:
        with open(os.path.join(self.place, name)) as file:
            return file.read()

    def commit(self, files: dict[str, str]) -> str:
        self.write(files)
        self.git('add', '--all')
        self.git('commit', '--quiet', '--allow-empty', '-m', 'x')
        return self.git('rev-parse', 'HEAD')

    def test_local_changes_are_named_also_where_git_was_told_not_to_see_them(self) -> None:
        self.write({'uploads/a.png': 'x', '.env': 'x'})
        os.chmod(os.path.join(self.place, 'main.py'), 0o755)
        self.assertEqual(local_changes(self.place), [])
        self.write({'main.py': '2\n'})
        os.remove(os.path.join(self.place, 'lib/a.py'))
        self.assertEqual(local_changes(self.place), ['lib/a.py', 'main.py'])
        self.git('checkout', '--quiet', '.')
        self.git('update-index', '--skip-worktree', 'main.py')
        self.write({'main.py': '2\n'})
        self.assertEqual(local_changes(self.place), ['main.py (git update-index --skip-worktree)'])

    def test_untracked_paths_that_the_commit_has_are_in_the_way(self) -> None:
        names = {'notes.txt': 'x', 'data/a/b.csv': 'x', 'conf': 'x', 'new/x.txt': 'x'}
        wanted = self.commit(names)
        self.git('reset', '--quiet', '--hard', self.first)
        self.assertEqual(in_the_way(self.place, wanted), [])
        self.write(
            {'notes.txt': 'mine', 'data/a': 'a file where the commit has a folder', 'conf/own.ini': 'x'}
        )
        self.write({'new/other.txt': 'stays'})
        self.assertEqual(in_the_way(self.place, wanted), ['conf/', 'data/a', 'notes.txt'])
        saved = set_aside(self.place, wanted)
        self.assertIsNone(saved)
        self.assertEqual(in_the_way(self.place, wanted), [])
        move(self.place, wanted, False)
        kept = [name for name in os.listdir(self.place) if name.startswith('notes.txt.before-rollback-')]
        self.assertEqual([self.read(name) for name in kept], ['mine'])
        self.assertEqual(self.read('new/other.txt'), 'stays')

    def test_a_move_runs_no_program_of_the_checkout(self) -> None:
        proof = os.path.join(self.folder, 'ran')
        wanted = self.commit({'main.py': '2\n', '.gitattributes': '*.py filter=evil diff=evil\n'})
        self.git('reset', '--quiet', '--hard', self.first)
        for hook in ('post-checkout', 'post-index-change', 'reference-transaction'):
            path = os.path.join(self.place, '.git/hooks', hook)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as file:
                file.write(f'#!/bin/sh\ntouch {proof}\n')
            os.chmod(path, 0o755)
        for key in ('clean', 'smudge', 'process'):
            self.git('config', f'filter.evil.{key}', f'touch {proof}; cat')
        self.git('config', 'filter.evil.required', 'true')
        self.git('config', 'core.fsmonitor', f'touch {proof}')
        self.git('config', 'core.pager', f'touch {proof}')
        if os.path.exists(proof):
            os.remove(proof)  # git config itself may have run one
        self.assertEqual(local_changes(self.place), [])
        keep(self.place, wanted, [])
        move(self.place, wanted, False)
        self.assertEqual((head_of(self.place), self.read('main.py')), (wanted, '2\n'))
        self.assertEqual(set_aside(self.place, self.first), None)
        self.assertFalse(os.path.exists(proof))

    def test_an_interrupted_move_is_ended(self) -> None:
        wanted = self.commit({'main.py': '2\n'})
        self.git('reset', '--quiet', '--hard', self.first)
        self.write({'.git/index.lock': '', 'main.py': 'half'})
        with self.assertRaises(Refused):
            move(self.place, wanted, False)
        move(self.place, wanted, True)
        self.assertEqual(
            (head_of(self.place), self.read('main.py'), local_changes(self.place)), (wanted, '2\n', [])
        )

    def test_a_rollback_keeps_what_was_changed_meanwhile(self) -> None:
        self.commit({'main.py': '2\n'})
        self.write({'main.py': 'by hand\n'})
        saved = set_aside(self.place, self.first)
        move(self.place, self.first, False)
        self.assertEqual(self.read('main.py'), '1\n')
        self.assertEqual(self.git('show', f'{saved}:main.py'), 'by hand')

    def test_a_pack_completes_a_shallow_checkout(self) -> None:
        wanted = self.commit({'main.py': '2\n'})
        origin, clone = os.path.join(self.folder, 'origin'), os.path.join(self.folder, 'clone')
        shutil.copytree(self.place, origin)
        later = self.commit({'main.py': '3\n'})
        self.git('clone', '--quiet', '--depth=1', 'file://' + self.place, clone)
        self.assertEqual((has_commit(clone, wanted), has_commit(clone, later)), (False, True))
        objects = self.git('rev-list', '--objects', '--no-walk', wanted, place=origin)
        pack = subprocess.run(
            ['git', '-C', origin, 'pack-objects', '--quiet', '--stdout'],
            input=objects.encode(),
            capture_output=True,
            check=True,
        ).stdout
        from hashlib import sha256
        from io import BufferedReader, BytesIO

        def bring(digest: str, name: str) -> None:
            stdin: Any = BufferedReader(BytesIO(pack))  # type: ignore[arg-type]
            receive(stdin, len(pack), digest, os.path.join(self.folder, name), clone)

        with self.assertRaises(Refused):
            bring('0' * 64, 'damaged')
        bring(sha256(pack).hexdigest(), 'whole')
        self.assertTrue(has_commit(clone, wanted))
        keep(clone, wanted, ['f' * 40])
        move(clone, wanted, False)
        self.assertEqual(self.git('log', '--format=%H', place=clone), wanted)
        self.assertEqual(
            self.git('for-each-ref', '--format=%(refname)', 'refs/landfall', place=clone).split(),
            sorted(f'refs/landfall/{each}' for each in (wanted, later)),
        )

    def test_a_release_finds_the_untracked_files_and_no_environment(self) -> None:
        release = os.path.join(self.folder, 'release')
        os.makedirs(os.path.join(release, 'lib'))
        self.write({'.env': 'x', 'uploads/a.png': 'x', 'lib/local.py': 'x', 'main.py': 'tracked'})
        self.write(
            {'venv/pyvenv.cfg': '', 'py/pyvenv.cfg': '', 'lib/__pycache__/a.pyc': 'x', 'gone/deep/x': 'x'}
        )
        os.mkfifo(os.path.join(self.place, 'pipe'))
        os.symlink('/elsewhere', os.path.join(release, 'gone'))
        self.assertEqual(link_untracked(self.place, release), 3)
        self.assertEqual(link_untracked(self.place, release), 3)
        links = {
            name: os.readlink(os.path.join(release, name)) for name in ('.env', 'uploads', 'lib/local.py')
        }
        self.assertEqual(links, {name: os.path.join(self.place, name) for name in links})
        self.assertEqual(sorted(os.listdir(release)), ['.env', 'gone', 'lib', 'uploads'])

    def test_a_checkout_that_cannot_be_moved_is_refused_with_the_next_step(self) -> None:
        me = pwd.getpwuid(os.getuid()).pw_name
        anybody = mock.patch.object(checkout_look, 'account', pwd.getpwnam)  # tests may run as root
        anybody.start()
        self.addCleanup(anybody.stop)

        def said(place: str) -> str:
            found = look(place, me, 'daemon')
            return f'{found["problem"]} {found["advice"]}'

        self.assertEqual(said(self.place), 'None None')
        self.assertIn('is not a Git checkout', said(self.folder))
        self.assertIn('is not a Git checkout', said(self.folder + '/nothing'))
        os.symlink(self.place, self.folder + '/link')
        self.assertIn(
            f'is a link. Write checkout: {self.place} in landfall.yaml', said(self.folder + '/link')
        )
        self.git('worktree', 'add', '--quiet', '--detach', self.folder + '/tree')
        self.assertIn('is a worktree or a submodule', said(self.folder + '/tree'))
        self.write({'.git/MERGE_HEAD': ''})
        self.assertIn('A merge is under way', said(self.place))
        os.remove(os.path.join(self.place, '.git/MERGE_HEAD'))
        self.git('config', 'core.worktree', self.folder)
        self.assertIn('does not take', said(self.place))

    def test_a_checkout_of_another_user_is_refused_with_the_command_that_fits_the_owner(self) -> None:
        root = owned('/srv/shop', 'deploy', 'daemon', '/srv/shop/.git', 0)
        self.assertEqual(
            root['problem'],
            '/srv/shop/.git belongs to root; deploy, who moves the checkout, cannot change it.',
        )
        self.assertIn('chown -R --no-dereference --from=root deploy /srv/shop', root['advice'] or '')
        own = owned('/srv/shop', 'deploy', 'daemon', '/srv/shop', pwd.getpwnam('daemon').pw_uid)
        self.assertIn('Then give daemon back', own['advice'] or '')

    def test_files_are_as_readable_as_the_checkout(self) -> None:
        wanted = self.commit({'main.py': '2\n'})
        for mode, expected in ((0o755, 0o644), (0o750, 0o640), (0o700, 0o600)):
            self.git('reset', '--quiet', '--hard', self.first)
            os.chmod(self.place, mode)
            before = os.umask(0o022)
            move(self.place, wanted, False)
            os.umask(before)
            self.assertEqual(os.stat(os.path.join(self.place, 'main.py')).st_mode & 0o777, expected)


class Unit(unittest.TestCase):
    def test_says_whether_it_starts_in_the_checkout(self) -> None:
        said = {
            '--chdir=/srv/shop -- \\': True,
            '--chdir=/srv/shop/web -- \\': True,
            '"--chdir=/srv/shop" -- \\': True,
            '--chdir=/srv/shop.landfall/releases/1-aaaaaaa -- \\': False,
            'WorkingDirectory=/srv/shop': False,
        }
        self.assertEqual({text: runs_in(text, '/srv/shop') for text in said}, said)

    def test_git_that_is_missing_is_named(self) -> None:
        missing = mock.patch.object(checkout_git, 'run', lambda *_: (127, '', ''))
        with missing, self.assertRaisesRegex(Refused, 'Git is missing'):
            head_of('/srv/shop')
