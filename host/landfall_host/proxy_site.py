"""The change of one file of a proxy: checked before the proxy reads it, and taken back when the proxy refuses it."""

from __future__ import annotations

import os
import stat

from landfall_host.children import as_user
from landfall_host.files import read_text, remove_file, write_text
from landfall_host.listeners import holder_of
from landfall_host.processes import children_of
from landfall_host.protocol import Refused
from landfall_host.proxy_look import CADDYFILE, PORTS, imports_sites, runs
from landfall_host.run import must_run, run
from landfall_host.setup_checks import unit_of
from landfall_host.systemd import number, show
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from landfall_host.contract_types import Domain
    from landfall_host.proxy_facts import Kind

MODE = 0o644
CHECK_SECONDS, RELOAD_SECONDS, TAKEN_UP_SECONDS = 20, 60, 10
ADMIN_SOCKET = '/var/lib/caddy/admin.sock'


def is_as_written(path: str, text: str) -> bool:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    is_own = stat.S_ISREG(found.st_mode) and found.st_uid == 0 and stat.S_IMODE(found.st_mode) == MODE
    return is_own and read_text(path) == text


def replace(path: str, text: str, take_up: Callable[[], None], back: Callable[[], object]) -> None:
    """Writes the file. When `take_up` refuses, the text before is there again, and `back` is called."""
    before = read_text(path)
    write_text(path, text, MODE)
    try:
        take_up()
    except Refused as refused:
        if before is None:
            remove_file(path)
        else:
            write_text(path, before, MODE)
        back()
        raise Refused(refused.kind, f'{refused.message} {path} is as it was.', refused.output) from None


def take_up_caddy(file: str, domain: Domain) -> None:
    """Checks the file, and has Caddy read it. A Caddyfile of an administrator may not import it: it stays so."""
    caddy('validate', '--adapter', 'caddyfile', '--config', file)
    if not imports_sites(read_text(CADDYFILE) or ''):
        return
    said = caddy('adapt', '--adapter', 'caddyfile', '--config', CADDYFILE)
    if f'"{domain["names"][0]}"' not in said:
        raise Refused(
            'CommandFailed', f'{CADDYFILE} does not read {file}: its `import` is inside of a block.'
        )
    start_or_reload('caddy')
    await_listening('caddy', domain)


def caddy(*words: str) -> str:
    """As Caddy's own user: it opens the logs of every site, and root would leave them to root."""
    output: str = as_user('caddy', run_caddy, ['caddy', *words], seconds=CHECK_SECONDS + 2)
    return output


def run_caddy(words: list[str]) -> str:
    return must_run(words, CHECK_SECONDS)


def take_up_nginx(file: str, domain: Domain, ports: tuple[int, ...]) -> None:
    must_run(['nginx', '-t', '-q'], CHECK_SECONDS)
    if f'# configuration file {file}:' not in must_run(['nginx', '-T', '-q'], CHECK_SECONDS):
        raise Refused(
            'CommandFailed',
            f'/etc/nginx/nginx.conf does not read {file}. Add to its block `http`: '
            f'include {os.path.dirname(file)}/*.conf;',
        )
    workers = set(nginx_workers())
    start_or_reload('nginx')
    # nginx reports nothing of a reload. It starts new workers only with a configuration that it could take.
    if not wait_until(lambda: bool(set(nginx_workers()) - workers), TAKEN_UP_SECONDS):
        raise Refused('CommandFailed', 'nginx continues with its old configuration.', last_lines('nginx'))
    await_listening('nginx', domain, ports)


def nginx_workers() -> list[int]:
    main = number(show('nginx.service', 'MainPID').get('MainPID'))
    return children_of(main) if main else []


def start_or_reload(kind: Kind) -> None:
    unit = f'{kind}.service'
    must_run(['systemctl', 'enable', '--quiet', unit], RELOAD_SECONDS)
    # A Caddy that still has its usual port for changes cannot be told by its socket.
    moved = kind == 'caddy' and 'unix/' + ADMIN_SOCKET in (read_text(CADDYFILE) or '')
    way = 'reload' if runs(kind) and not (moved and not os.path.exists(ADMIN_SOCKET)) else 'restart'
    status, out, err = run(['systemctl', way, unit], RELOAD_SECONDS)
    if status:
        raise Refused('CommandFailed', f'{unit} could not {way}.', out + err + last_lines(kind))


def await_listening(kind: Kind, domain: Domain, ports: tuple[int, ...] = PORTS) -> None:
    def missing() -> list[int]:
        return [port for port in ports if unit_on(domain, port) != f'{kind}.service']

    if not wait_until(lambda: not missing(), TAKEN_UP_SECONDS):
        raise Refused('CommandFailed', f'{kind} does not listen on port {missing()}.', last_lines(kind))


def unit_on(domain: Domain, port: int) -> str | None:
    holder = holder_of({'host': domain['listen'] or '0.0.0.0', 'port': port})  # noqa: S104 -- any address
    return unit_of(holder) if holder else None


def last_lines(kind: Kind) -> str:
    return run(['journalctl', '--no-pager', '-q', '-o', 'cat', '-n', '10', '-u', f'{kind}.service'])[1][
        -2000:
    ]


def read_again(kind: Kind) -> None:
    """After the old text is back, or a file is gone. What fails here was said before."""
    if runs(kind):
        run(['systemctl', 'reload', f'{kind}.service'], RELOAD_SECONDS)
