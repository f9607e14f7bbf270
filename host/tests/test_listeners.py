"""How far a look at an app's processes goes, and that none of them writes what the kernel says."""

from __future__ import annotations

import os
import socket
import tempfile
import unittest
from unittest import mock

from landfall_host import listeners, processes
from landfall_host.processes import Look, held_by, pids_in, processes_of
from landfall_host.unix_sockets import in_table, listening_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

ENDLESS = 10**9


class Looks(unittest.TestCase):
    def setUp(self) -> None:
        self.looked = 0

    def files(self, sockets: dict[int, tuple[int, str | None]]) -> Any:
        """Stands for processes with these open sockets, by process: (the number of files before it, its inode)."""

        def open_sockets(pid: int) -> Iterator[str | None]:
            before, inode = sockets.get(pid, (0, None))
            for _ in range(before):
                self.looked += 1
                yield None
            if inode:
                self.looked += 1
                yield inode

        return mock.patch.object(processes, 'open_sockets', open_sockets)

    def test_a_listener_of_the_main_process_is_found_beside_any_number_of_others(self) -> None:
        with self.files({1: (3, 'a'), 2: (ENDLESS, None)}):
            self.assertEqual(held_by([1, 2], {'a'}, Look()), {'a'})
        self.assertEqual(self.looked, 4)

    def test_every_process_is_looked_at_a_little_before_any_is_looked_at_whole(self) -> None:
        with self.files({1: (ENDLESS, None), 2: (5, 'a')}):
            self.assertEqual(held_by([1, 2], {'a'}, Look()), {'a'})

    def test_a_listener_behind_many_files_is_found_within_the_bounds(self) -> None:
        with self.files({1: (500, 'a'), 2: (10, None)}):
            look = Look()
            self.assertEqual((held_by([1, 2], {'a'}, look), look.over), ({'a'}, False))

    def test_a_look_ends_and_knows_that_it_did(self) -> None:
        with self.files({1: (ENDLESS, None)}):
            look = Look(things=1000)
            self.assertEqual((held_by([1], {'a'}, look), look.over), (set(), True))
        self.assertLess(self.looked, 1200)

    def test_a_look_ends_with_its_time(self) -> None:
        with self.files({1: (ENDLESS, None)}), mock.patch('time.monotonic', iter(range(ENDLESS)).__next__):
            look = Look(things=ENDLESS, seconds=5)
            held_by([1], {'a'}, look)
        self.assertTrue(look.over)

    def test_processes_without_end_end_the_look(self) -> None:
        with mock.patch.object(processes, 'children_of', lambda pid: range(2, ENDLESS)):
            look = Look(things=100)
            self.assertEqual(len(list(processes_of({'MainPID': '1'}, look))), 101)
        self.assertTrue(look.over)

    def test_a_list_of_processes_that_is_too_long_is_cut_between_two(self) -> None:
        with tempfile.NamedTemporaryFile('w') as file, mock.patch.object(processes, 'MOST_BYTES', 10):
            file.write('123\n456\n7890\n')
            file.flush()
            look = Look()
            self.assertEqual((pids_in(file.name, look), look.over), ([123, 456], True))


class Listens(unittest.TestCase):
    def answer(
        self,
        listening: Iterable[str],
        ours: Iterable[str] = (),
        theirs: Iterable[str] = (),
        over: bool = False,
        aside: bool = False,
    ) -> str:
        def listening_on(address: object, look: Look) -> set[str]:
            look.over = over
            return set(listening)

        def held(which: object, sockets: set[str], look: Look) -> set[str]:
            look.over = look.over or (aside and which == 'theirs')
            return sockets & set(
                {'ours': ours, 'theirs': theirs}.get(which, ()) if isinstance(which, str) else ['systemd']
            )

        with mock.patch.object(listeners, 'listening_on', listening_on), mock.patch.object(
            listeners, 'held_by', held
        ), mock.patch.object(listeners, 'processes_of', lambda unit, look: unit['Id']):
            return listeners.listener_of({'socket': '/x'}, {'Id': 'ours'}, [{'Id': 'theirs'}])

    def test_who_listens(self) -> None:
        self.assertEqual(self.answer([]), 'nobody')
        self.assertEqual(self.answer(['a'], ours=['a']), 'unit')
        self.assertEqual(self.answer(['a'], ours=['a'], theirs=['a']), 'shared')
        self.assertEqual(self.answer(['a', 'b'], ours=['a']), 'other')
        self.assertEqual(self.answer(['systemd']), 'nobody')

    def test_what_could_not_be_looked_at_is_unknown(self) -> None:
        self.assertEqual(self.answer([], over=True), 'unknown')
        self.assertEqual(self.answer(['a'], over=True), 'unknown')

    def test_a_release_before_it_that_is_too_large_may_listen_too(self) -> None:
        self.assertEqual(self.answer(['a'], ours=['a'], aside=True), 'shared')


class Tables(unittest.TestCase):
    def test_connections_are_not_read(self) -> None:
        row = '%d: 0100007F:1F40 00000000:0000 %s 00000000:00000000 00:00000000 00000000 0 0 %d 1 x\n'
        with tempfile.NamedTemporaryFile('w') as table:
            table.write('header\n' + row % (0, '0A', 7) + row % (1, '01', 8) + row % (2, '0A', 9))
            table.flush()
            self.assertEqual(list(listeners.listening_rows(table.name, Look())), [('0100007F:1F40', '7')])

    def test_the_kernel_tells_listeners_before_connections(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as one, socket.create_connection(
            one.getsockname()
        ), socket.create_server(('127.0.0.1', 0)) as two:
            for server in (one, two):
                inode = str(os.fstat(server.fileno()).st_ino)
                self.assertEqual(
                    listeners.tcp_listeners('127.0.0.1', server.getsockname()[1], Look()), {inode}
                )

    def test_a_path_with_a_newline_is_no_listener_elsewhere(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = directory + '/shop.sock'
            forged = f'{directory}/x\nffff: 00000002 00000000 00010000 0001 01 99999 '
            os.makedirs(forged + directory)
            with socket.socket(socket.AF_UNIX) as server, socket.socket(
                socket.AF_UNIX
            ) as liar, socket.socket(socket.AF_UNIX) as silent:
                server.bind(path)
                server.listen()
                liar.bind(forged + path)
                liar.listen()
                silent.bind(directory + '/silent')
                self.assertEqual(listening_at(path, Look()), {str(os.fstat(server.fileno()).st_ino)})
                self.assertEqual(listening_at(directory + '/silent', Look()), set())
                self.assertEqual(listening_at(directory + '/none', Look()), set())
                # The table, which is asked where the kernel has nothing better.
                self.assertIn(str(os.fstat(server.fileno()).st_ino), in_table(path, Look()))
