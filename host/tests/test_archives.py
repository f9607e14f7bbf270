"""Archives that are refused, whole directories included, and one that is not."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
import unittest

from landfall_host.archives import LONGEST_PATH, MOST_FOLDERS, unpack
from landfall_host.protocol import Refused
from landfall_host.room import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def member(name: str, **changes: Any) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.mode = 0o644
    for field, value in changes.items():
        setattr(made, field, value)
    return made


def link(name: str, target: str) -> tarfile.TarInfo:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def archive(*members: tarfile.TarInfo) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode='w:gz') as tar:
        for each in members:
            tar.addfile(each, io.BytesIO(b'x' * each.size))
    content.seek(0)
    return content


class Unpacking(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.into = os.path.join(self.folder, 'release')

    def unpack(self, content: io.BytesIO, shared: list[str] | None = None, folder: str = '') -> None:
        unpack(
            content, self.into, folder, shared or [], os.path.join(self.folder, 'shared'), Room(self.folder)
        )

    def refused(self, content: io.BytesIO, shared: list[str] | None = None, folder: str = '') -> str:
        self.into = tempfile.mkdtemp(dir=self.folder) + '/release'
        with self.assertRaises(Refused) as caught:
            self.unpack(content, shared, folder)
        self.assertEqual(caught.exception.kind, 'InvalidInput')
        return caught.exception.message

    def test_makes_what_is_plain(self) -> None:
        self.unpack(
            archive(
                member('./', type=tarfile.DIRTYPE),
                member('./a/b.py', size=5),
                member('run', mode=0o755),
                link('a/up', '../run'),
                link('shared/data', 'x'),
            ),
            ['shared/data', 'logs'],
        )
        with open(os.path.join(self.into, 'a/b.py')) as file:
            self.assertEqual(file.read(), 'xxxxx')
        self.assertTrue(os.access(os.path.join(self.into, 'run'), os.X_OK))
        self.assertEqual(os.readlink(os.path.join(self.into, 'a/up')), '../run')
        self.assertEqual(os.readlink(os.path.join(self.into, 'shared/data')), '../../shared/shared/data')
        self.assertEqual(os.readlink(os.path.join(self.into, 'logs')), '../shared/logs')

    def test_keeps_the_content_of_a_shared_path_aside(self) -> None:
        self.unpack(
            archive(member('app.db', size=3), member('media/a/b.png'), member('logs/x')), ['media/', 'app.db']
        )
        self.assertEqual(os.readlink(os.path.join(self.into, 'media')), '../shared/media')
        self.assertTrue(os.path.isfile(self.into + '.shared/0/a/b.png'))
        self.assertTrue(os.path.isfile(self.into + '.shared/1'))

    def test_shared_paths_are_in_the_folder_of_the_service(self) -> None:
        self.unpack(
            archive(
                member('libs/common.py'),
                member('services/shop/main.py'),
                link('services/shop/common.py', '../../libs/common.py'),
                link('services/shop/media', '/mnt/media'),
            ),
            ['media'],
            'services/shop',
        )
        service = os.path.join(self.into, 'services/shop')
        self.assertEqual(os.readlink(service + '/media'), '../../../shared/media')
        self.assertTrue(os.path.isfile(service + '/common.py'))
        self.assertFalse(os.path.lexists(self.into + '/media'))

    def test_refuses_a_folder_that_is_not_there_or_a_link(self) -> None:
        for members in ([member('main.py')], [member('x/main.py'), link('services', 'x')]):
            self.assertIn('has no folder services', self.refused(archive(*members), folder='services'))

    def test_refuses_members_that_reach_out_or_are_not_plain(self) -> None:
        for members, why in (
            ([member('../evil')], "'../evil' is not a plain path"),
            ([member('a/../../evil')], 'is not a plain path'),
            ([member('/etc/evil')], 'is not a plain path'),
            ([member('good.py'), member('./../evil')], 'is not a plain path'),
            ([link('link', '/etc/passwd')], 'link to an absolute path'),
            ([link('link', '../../../../etc/passwd')], 'leads out of the release'),
            ([link('link', '..')], 'leads out of the release'),
            ([link('x/y', '..'), link('z', 'x/y/../..')], 'leads out of the release'),
            ([link('dir', 'sub'), member('dir/file')], 'cannot be unpacked'),
            ([member('file'), member('file/below')], 'cannot be unpacked'),
            ([member('twice'), member('twice')], 'cannot be unpacked'),
            ([member('hard', type=tarfile.LNKTYPE, linkname='file')], "'hard' is neither a file"),
            ([member('disk', type=tarfile.CHRTYPE)], "'disk' is neither a file"),
            ([member('disk', type=tarfile.BLKTYPE)], "'disk' is neither a file"),
            ([member('pipe', type=tarfile.FIFOTYPE)], "'pipe' is neither a file"),
            ([member('root', mode=0o4755)], 'setuid'),
            ([member('a/' * (MOST_FOLDERS + 1) + 'x')], 'too long a path'),
            ([member('x' * (LONGEST_PATH + 1))], 'too long a path'),
        ):
            self.assertIn(why, self.refused(archive(*members)), members)
        self.assertEqual([name for name in os.listdir(self.folder) if 'evil' in name], [])

    def test_refuses_a_shared_path_behind_a_link(self) -> None:
        content = archive(member('sub/x'), link('dir', 'sub'))
        self.assertIn("'dir/x' lies behind a link", self.refused(content, ['dir/x']))

    def test_refuses_what_is_not_a_whole_archive(self) -> None:
        whole = archive(member('main.py', size=5000)).getvalue()
        for data in (b'', b'not a tar at all', whole[:-20], whole[:40], gzip.compress(b'x' * 5000)):
            self.assertIn('cannot be unpacked', self.refused(io.BytesIO(data)), data[:20])

    def test_leaves_room_for_what_runs_on_the_host(self) -> None:
        room = Room(self.folder)
        room.left = 10000
        with self.assertRaises(Refused) as caught:
            unpack(archive(member('big', size=20000)), self.into, '', [], '/', room)
        self.assertEqual(caught.exception.kind, 'NoSpace')
        self.assertFalse(os.path.exists(os.path.join(self.into, 'big')))


if __name__ == '__main__':
    unittest.main()
