/** A service with a database, and one thing wrong: file contents for commits of a test's repository. */
import { requirements as requirementsOfExample } from './example-app';
import { shop } from './shop';

type Files = { 'main.py': string; 'requirements.txt': string; 'gunicorn.conf.py': string };

/** Python: true in Gunicorn and its workers as the service; false in the import check and in the rehearsal. */
const LIVE = '__import__("re").search(r"/shop(@[^/]*)?\\.service", open("/proc/self/cgroup").read())';
const ALWAYS = 'True';

/** When a release is bad: at once, so that it is found before anything changes, or only in service. */
export type When = 'always' | 'only live';

/** The service is ready while its database listens. Its kind of error is told, as by the example app. */
const WITH_DATABASE = `
import socket
from urllib.parse import urlsplit

DATABASE_URL = os.environ["DATABASE_URL"]


def database():
    address = urlsplit(DATABASE_URL)
    try:
        socket.create_connection((address.hostname, address.port), 10).close()
    except OSError as error:
        return "database: " + type(error).__name__
    return None


CHECKS.append(database)`;

/** The service as it is, whatever the commit before it had; its version tells who answers at `/`. */
export function goodApp(version: string): Files {
  return {
    ...shop(version, `print("imported", VERSION)`, WITH_DATABASE),
    'gunicorn.conf.py': '',
  };
}

export function importsWhatIsMissing(version: string): Files {
  return appended(version, 'import no_such_module');
}

export function lacksItsApp(version: string): Files {
  return appended(version, 'del app');
}

export function hangsAtImport(version: string): Files {
  return appended(version, 'time.sleep(3600)');
}

/** @param exit Python that ends the process */
export function exitsAtImport(version: string, exit: string): Files {
  return appended(version, exit);
}

/** Passes an import alone; under Gunicorn each worker ends as soon as it has begun. */
export function exitsUnderGunicorn(version: string, when: When, exit: string): Files {
  const condition = when === 'always' ? 'os.environ["LANDFALL_PHASE"] != "import"' : LIVE;
  return appended(version, `if ${condition}:\n    ${exit}`);
}

/** Its lifespan raises, with a secret in the message. */
export function crashesAtStartUp(version: string, when: When): Files {
  return appended(
    version,
    `def crash():
    if ${condition(when)}:
        raise RuntimeError("no licence at " + DATABASE_URL)

STARTS.append(crash)`,
  );
}

/** Asks a database where none listens, and says so, with the address and its password, in the answer. */
export function hasNoDatabase(version: string, when: When): Files {
  return appended(
    version,
    `if ${condition(when)}:
    DATABASE_URL = DATABASE_URL.rsplit(":", 1)[0] + ":1/shop"
    CHECKS[:] = [lambda: database() + " at " + DATABASE_URL]`,
  );
}

/** Takes the readiness question and never answers; the rest of the app does. */
export function hangsWhenAsked(version: string, when: When): Files {
  return appended(
    version,
    `if ${condition(when)}:
    @app.get("/health/ready")
    async def never():
        await asyncio.sleep(3600)`,
  );
}

/** Serves well, but one port above the one that it was given, once it is in service. */
export function listensElsewhere(version: string): Files {
  return {
    ...goodApp(version),
    'gunicorn.conf.py': `import socket

def when_ready(server):
    for listener in server.LISTENERS:
        if listener.FAMILY == socket.AF_INET:
            host, port = listener.getsockname()
            listener.sock.close()
            listener.sock = socket.create_server((host, port + 1))
`,
  };
}

/** Serves well and lets other processes of its user listen on the same port; the one above it says that it runs. */
export function sharesItsPort(version: string): Files {
  return {
    ...goodApp(version),
    'gunicorn.conf.py': `import socket

reuse_port = True

def when_ready(server):
    for host, port in server.cfg.address:
        server.sign_of_life = socket.create_server((host, port + 1))
`,
  };
}

/**
 * Python outside of the service, run as root. While a process listens on the port above, this program also listens on
 * the service's port. Its socket belongs to the named user, and it answers every question with 200.
 */
export const IMPOSTOR = `import os, pwd, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

host, port, user = sys.argv[1], int(sys.argv[2]), pwd.getpwnam(sys.argv[3])

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'impostor')

class Server(ThreadingHTTPServer):
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

above = '%08X:%04X' % (int.from_bytes(socket.inet_aton(host), sys.byteorder), port + 1)

def is_wanted():
    with open('/proc/net/tcp') as table:
        rows = [line.split() for line in table]
    # State 0A: it listens.
    return any(row[1] == above and row[3] == '0A' for row in rows)

while True:
    if is_wanted():
        os.seteuid(user.pw_uid)
        try:
            server = Server((host, port), Answer)
        except OSError:
            continue
        finally:
            os.seteuid(0)
        print('impostor: listening', flush=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        while is_wanted():
            time.sleep(0.02)
        server.shutdown()
        server.server_close()
    time.sleep(0.02)
`;

const SAYS_ALL = `
SAID = [
    text.encode("utf-8", "surrogatepass")
    for text in json.loads(Path(__file__).with_name("said.json").read_text())
]
for said in SAID:
    sys.stdout.buffer.write(said + b"\\n")
sys.stdout.buffer.flush()
notify = os.environ.get("NOTIFY_SOCKET")
if notify:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        for said in SAID:
            line.sendto(b"STATUS=" + said, "\\0" + notify[1:] if notify[0] == "@" else notify)
`;

/** The end of a service that has said it all. */
const THEN = {
  serves: '',
  raises: 'raise RuntimeError("\\n".join(said.decode("utf-8", "replace") for said in SAID))',
  'is not ready': `if ${LIVE}:
    @app.get("/health/ready")
    async def says():
        return 503, b"\\n".join(SAID)`,
};

/** Prints these texts, and makes them its status, wherever it is imported. */
export function saysAll(
  version: string,
  texts: readonly string[],
  then: keyof typeof THEN,
): Files & { 'said.json': string } {
  return { ...appended(version, `${SAYS_ALL}\n${THEN[then]}`), 'said.json': JSON.stringify(texts) };
}

/** @param lines requirement lines, added to those of the example app or instead of them */
export function requires(version: string, lines: string, alone = false): Files {
  return {
    ...goodApp(version),
    'requirements.txt': alone ? `${lines}\n` : `${requirementsOfExample}${lines}\n`,
  };
}

function condition(when: When): string {
  return when === 'always' ? ALWAYS : LIVE;
}

function appended(version: string, lines: string): Files {
  const files = goodApp(version);
  return { ...files, 'main.py': `${files['main.py']}\n\n${lines}\n` };
}
