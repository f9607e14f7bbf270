"""The lines of a requirement file, as pip reads them."""

from __future__ import annotations

import unittest

from landfall_host.requirement_files import decoded, is_direct, is_local, project, requirement_lines


class ALine(unittest.TestCase):
    def test_is_read_as_pip_reads_it(self) -> None:
        content = '# a comment\nflask==3.0  # pinned\n\ngunicorn==21 \\\n  --hash=sha256:1\n# not \\\nx==1\nlast==1 \\'
        self.assertEqual(
            list(requirement_lines(content)),
            [(2, 'flask==3.0'), (4, 'gunicorn==21    --hash=sha256:1'), (7, 'x==1'), (8, 'last==1')],
        )

    def test_from_a_local_path_is_told_apart(self) -> None:
        for line in (
            '.',
            './app',
            '../app',
            '~/app',
            '/opt/app',
            'app @ file:///opt/app',
            'app/x.whl',
            'a.tar.gz',
        ):
            self.assertTrue(is_local(line), line)
        for line in ('flask==3.0', 'flask', 'app @ https://example.com/app.whl', '--index-url', 'a[b]>=1'):
            self.assertFalse(is_local(line), line)

    def test_from_a_repository_is_pinned_by_a_whole_commit(self) -> None:
        commit = '0123456789abcdef0123456789abcdef01234567'
        self.assertTrue(is_direct('app @ https://example.com/app.whl'))
        self.assertTrue(is_direct('git+ssh://example.com/app@' + commit))
        for line in ('git+https://example.com/app@main', 'app @ git+https://example.com/app', 'flask==3.0'):
            self.assertFalse(is_direct(line), line)

    def test_is_decoded_as_pip_decodes_it(self) -> None:
        text = 'größe==1'
        for content in (
            text.encode(),
            text.encode('utf-8-sig'),
            text.encode('utf-16'),
            b'\xfe\xff' + text.encode('utf-16-be'),
            text.encode('utf-32'),
        ):
            self.assertEqual(decoded(content), text)
        self.assertEqual(
            decoded(b'# coding: latin-1\n' + text.encode('latin-1')), '# coding: latin-1\n' + text
        )
        self.assertEqual(decoded(b'# coding: unheard-of\nx==1'), '# coding: unheard-of\nx==1')

    def test_names_its_project_in_one_way(self) -> None:
        for line in ('Flask.SQL__Alchemy>=1', 'flask-sql-alchemy[x]', 'FLASK_SQL.ALCHEMY @ https://x'):
            self.assertEqual(project(line), 'flask-sql-alchemy')


if __name__ == '__main__':
    unittest.main()
