"""How a release's process is to run, as deploy may ask for it: each value has a type and a limit.

landfall.yaml is checked for the same by the controller (`src/config`), which has the better words.
"""

from __future__ import annotations

import json
import re

from landfall_host.fields import flag, map_of, matching, maybe, number, record, relative_path, text, variable
from landfall_host.unit_quoting import is_readable

# A day: as long as anything in landfall.yaml may take.
DAY = 86400000
# systemd waits that long for a process to end, and a host for it to go down.
LONGEST_STOP = 3600000
# Characters of JSON, all values together. However they are quoted, that is less than the line of 1 MiB that systemd
# reads; and one value less than the argument of 128 KiB that Linux takes.
MOST = 1 << 16
# Names that systemd or Landfall give the service; `PATH` leads to the release's own packages.
RESERVED = r'PATH|LANDFALL_.*|GUNICORN_CMD_ARGS|LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES|NOTIFY_SOCKET|INVOCATION_ID|MAINPID'


def whole_seconds(most):
    """Gunicorn counts in them."""

    def check(value):
        number(1000, most)(value)
        if value % 1000:
            raise ValueError('must be whole seconds')

    return check


def bounded(check):
    def check_bounded(value):
        check(value)
        if len(json.dumps(value, ensure_ascii=False)) > MOST:
            raise ValueError(
                f'must be at most {MOST} characters in all; put larger values in a file of the release'
            )

    return check_bounded


def own_variable(name):
    variable(name)
    if re.fullmatch(RESERVED, name):
        raise ValueError(f'must not set {name}, which belongs to systemd or Landfall')


def value_of_variable(value):
    text(30000)(value)
    if not is_readable(value):
        raise ValueError(
            'must be without the code points that Unicode keeps for nobody: systemd would ignore the line'
        )


header_name = matching(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", 'the name of a header field')
header_value = matching(r'[\x20-\x7e]{0,4000}', 'ASCII text on one line')
process_of = bounded(
    record(
        {
            'app': matching(
                r'(?=.{3,200}\Z)[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*(\(\))?',
                'module:attribute',
            ),
            'env': map_of(own_variable, value_of_variable),
            'gunicorn': record(
                {
                    'workers': number(1, 256),
                    'workerClass': matching(r'[A-Za-z_][A-Za-z0-9_.]{0,199}', 'a worker class'),
                    'timeoutMilliseconds': whole_seconds(DAY),
                    'gracefulTimeoutMilliseconds': whole_seconds(LONGEST_STOP),
                    'preload': flag,
                    'configFile': maybe(relative_path),
                }
            ),
            # What the gate asks the app.
            'readiness': record(
                {
                    'path': matching(r'/[\x21\x22\x24-\x7e]{0,1999}', 'a path without spaces and #'),
                    'headers': map_of(header_name, header_value),
                    'timeoutMilliseconds': number(1, DAY),
                    'requestTimeoutMilliseconds': number(1, 60000),
                }
            ),
        }
    )
)
