"""A rehearsal of a service that listens on TCP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HOST = Path(__file__).parent.parent
SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.client_address[0] == '127.0.0.1' else 503)
        self.send_header('Content-Length', '0')
        self.end_headers()
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Ready).serve_forever()
"""


class Rehearse(unittest.TestCase):
    def test_asks_on_tcp_where_the_service_listens_on_tcp(self) -> None:
        spec = {
            'argv': [sys.executable, '-c', SERVER, '{port}'],
            'tcp': True,
            'path': '/',
            'judge': (HOST / 'landfall_gate' / 'judge.py').read_text(),
            'successes': 3,
            'timeoutMilliseconds': 30000,
            'graceMilliseconds': 1000,
        }
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(
                [sys.executable, '-I', '-c', (HOST / 'rehearse.py').read_text(), json.dumps(spec)],
                env=dict(os.environ, RUNTIME_DIRECTORY=folder),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=60,
            )
        self.assertEqual(run.returncode, 0, run.stdout.decode())
        self.assertIn(b'rehearsal: ready after', run.stdout)
