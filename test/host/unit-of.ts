/** A unit as the worker would render it, around a small server that needs nothing installed. */

/** `serve HOST PORT [crash]`: two workers, `/health/ready` 200, `/drip` never done. */
export const serveProgram = `#!/usr/bin/python3
import os, sys, time, signal, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
if sys.argv[3:] == ['crash']:
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
server = HTTPServer((sys.argv[1], int(sys.argv[2])), Answer)
print('serving', os.environ['LANDFALL_RELEASE'], 'with', os.environ['TOKEN'], flush=True)
for _ in range(2):
    if os.fork() == 0:
        break
else:
    signal.pause()
server.serve_forever()
`;

export function unitOf(release: string, argumentsOfServe: string): string {
  const directory = `/srv/shop/releases/${release}`;
  return `# Written by a test.
[Unit]
Description=shop
After=network-online.target
[Service]
Type=simple
User=shop
Group=shop
WorkingDirectory=${directory}
Environment=LANDFALL_RELEASE=${release}
EnvironmentFile=/etc/shop.env
RuntimeDirectory=landfall/services/shop/${release}
ExecStart=${directory}/serve ${argumentsOfServe}
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`;
}
