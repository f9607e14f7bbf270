/**
 * Releases of a small server that needs no installation. Its program lies at the path of a release's interpreter, so
 * the unit of the host starts it.
 */
import type { Address, ProcessValues, UnitRequest } from '../../../src/contract/contract-types';
import { processValues } from '../../../src/host-agent/unit';
import { settings } from '../../harness/deploy-input';
import type { Files } from './service-host';

/**
 * Takes connections from the socket that systemd hands over, says READY, and ends at SIGTERM,
 * but never between taking a connection and its answer. `/live` says whether its release is the one that serves.
 */
export const BESIDE = `#!/usr/bin/python3
import os, select, signal, socket, sys
if os.path.exists('refuse'):
    print('serve: refused', 'trial' if os.environ.get('LANDFALL_TRIAL') else 'live', flush=True)
    sys.exit(3)
listener = socket.socket(fileno=3)
assert not os.get_blocking(3), 'a blocking socket would stop the live workers'
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
trial = os.environ.get('LANDFALL_TRIAL', '')
notify.sendto(('READY=1\\nSTATUS=trial %s, token %s' % (trial, os.environ['TOKEN'])).encode(), os.environ['NOTIFY_SOCKET'])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    select.select([listener], [], [])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        connection = listener.accept()[0]
    except BlockingIOError:
        continue
    said = release = os.environ['LANDFALL_RELEASE']
    if b' /live ' in connection.recv(4096):
        serving = os.path.basename(os.path.realpath(os.environ['LANDFALL_CURRENT'])) == release
        said = ' '.join((release, 'live' if serving else 'waits', os.environ['LANDFALL_PHASE']))
    connection.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n' + said.encode())
    connection.close()
`;

/** Listens by itself, where `--bind` says, with two workers: `/health/ready` 200, `/drip` never done. With CRASH it ends at once. */
export const ALONE = `#!/usr/bin/python3
import os, sys, time, signal, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
if 'CRASH' in os.environ:
    sys.exit(7)
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('X-Token', os.environ['TOKEN'])
        self.end_headers()
        if self.path == '/drip':
            for _ in range(100):
                self.wfile.write(b'x')
                time.sleep(0.05)
        said = ' '.join((os.environ['LANDFALL_RELEASE'], self.headers['X-Test'] or '', os.environ['TOKEN']))
        self.wfile.write(said.encode())
name, port = sys.argv[sys.argv.index('--bind') + 1].rsplit(':', 1)
server = HTTPServer((name, int(port)), Answer)
print('serving', os.environ['LANDFALL_RELEASE'], 'with', os.environ['TOKEN'], flush=True)
for _ in range(2):
    if os.fork() == 0:
        break
else:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
    signal.pause()
server.serve_forever()
`;

/** A release in which this program is the interpreter. */
export function releaseWith(program: string, more: Files = {}): Files {
  return { '.venv/bin/python': { type: '0', mode: 0o755, content: program }, ...more };
}

/** The request for a release's unit, without the claim. */
export function unitOf(
  release: string,
  address: Address,
  changes: Partial<ProcessValues> = {},
): Omit<UnitRequest, 'claim'> {
  return {
    release,
    commit: 'c0ffee1c0ffee1',
    address,
    process: { ...processValues(settings(), 'itself', address), ...changes },
  };
}
