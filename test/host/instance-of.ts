/** The unit of a release that runs beside others, as the worker would render it, and a small server for it. */

/**
 * `serve`: takes connections from the socket that systemd hands over, says READY, and ends at SIGTERM,
 * but never between taking a connection and its answer.
 */
export const SERVE = `#!/usr/bin/python3
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
    connection.recv(4096)
    connection.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n' + os.environ['LANDFALL_RELEASE'].encode())
    connection.close()
`;

export function instanceOf(release: string): string {
  return `# Written by a test.
[Unit]
Description=shop
PartOf=shop.service
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=all
Sockets=shop.socket
NonBlocking=yes
User=shop
Group=shop
WorkingDirectory=/srv/shop/releases/${release}
Environment=LANDFALL_RELEASE=${release}
EnvironmentFile=/etc/shop.env
EnvironmentFile=-/run/landfall/trials/shop@${release}
RuntimeDirectory=landfall/services/shop/${release}
ExecStart=/srv/shop/releases/${release}/serve
Restart=always
RestartSec=1
`;
}
