"""The command of a server other than Gunicorn."""

from __future__ import annotations

import unittest

from landfall_gate.start import how_to_start

# (server, words, variables of the project, words that the server gets, workers, notes)
ROWS = [
    ('uvicorn', ['--fd', '3'], {}, ['--workers', '2', '--fd', '3'], '2', []),
    ('uvicorn', ['--workers', '4'], {'WEB_CONCURRENCY': '8'}, ['--workers', '4'], '4', []),
    ('uvicorn', [], {'WEB_CONCURRENCY': '8'}, ['--workers', '8'], '8', ['8 workers (WEB_CONCURRENCY)']),
    (
        'uvicorn',
        [],
        {'UVICORN_WORKERS': '3', 'WEB_CONCURRENCY': '8', 'UVICORN_HOST': '::', 'UVICORN_ROOT_PATH': '/api'},
        ['--workers', '3'],
        '3',
        ['3 workers (UVICORN_WORKERS)', 'overruled: UVICORN_HOST'],
    ),
    ('uvicorn', [], {'WEB_CONCURRENCY': 'many'}, ['--workers', '2'], '2', []),
    ('hypercorn', ['--bind', 'fd://3'], {'WEB_CONCURRENCY': '8'}, ['--bind', 'fd://3'], None, []),
    ('granian', [], {'GRANIAN_WORKERS': '5'}, ['--workers', '5'], '5', ['5 workers (GRANIAN_WORKERS)']),
    (
        'granian',
        ['--workers=1'],
        {'GRANIAN_INTERFACE': 'rsgi', 'GRANIAN_RELOAD': '1'},
        ['--workers=1'],
        '1',
        ['overruled: GRANIAN_INTERFACE, GRANIAN_RELOAD'],
    ),
]


class HowToStart(unittest.TestCase):
    def test_rows(self) -> None:
        for server, words, variables, given, workers, notes in ROWS:
            with self.subTest(server=server, variables=variables):
                start = how_to_start(server, words, variables)
                self.assertEqual((start.words, start.workers, start.notes), (given, workers, notes))

    def test_a_variable_that_is_overruled_does_not_reach_the_server(self) -> None:
        variables = {'UVICORN_PORT': '80', 'UVICORN_LOG_LEVEL': 'debug', 'LISTEN_FDS': '1', 'A': '1'}
        start = how_to_start('uvicorn', [], variables)
        self.assertEqual(start.environment, {'UVICORN_LOG_LEVEL': 'debug', 'A': '1'})


if __name__ == '__main__':
    unittest.main()
