"""The configuration of a web server in front of a service: which of its files passes requests to an address."""

from __future__ import annotations

import glob
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.contract_types import Address

PLACES = (
    '/etc/nginx/nginx.conf',
    '/etc/nginx/conf.d/*',
    '/etc/nginx/sites-enabled/*',
    '/etc/nginx/snippets/*',
    '/etc/caddy/Caddyfile',
    '/etc/caddy/conf.d/*',
    '/etc/caddy/sites-enabled/*',
    '/etc/caddy/landfall/*',
    '/etc/apache2/sites-enabled/*',
    '/etc/httpd/conf.d/*',
    '/etc/haproxy/haproxy.cfg',
)
# A file of a person; more is not read.
MOST_FILES, MOST_BYTES = 200, 1 << 18
# Words before the address to which requests are passed.
PASSES = (
    r'(?:^|[\s{;])(?:proxy_pass|uwsgi_pass|server|reverse_proxy|to|ProxyPass\w*|BalancerMember)\b[^\n;{]*?'
)
LOCAL = ('127.0.0.1', '0.0.0.0', '::1', '::')  # noqa: S104 -- compared, not bound


def proxy_of(addresses: Iterable[Address], wanted: Address | None) -> str | None:
    """The first file that passes requests to one of the addresses; None where some file names the wanted one."""
    texts = list(configurations())
    if wanted and any(passes_to(text, wanted) for _, text in texts):
        return None
    for address in addresses:
        for path, text in texts:
            if passes_to(text, address):
                return path
    return None


def configurations() -> Iterator[tuple[str, str]]:
    paths = [path for place in PLACES for path in sorted(glob.glob(place))]
    for path in paths[:MOST_FILES]:
        try:
            if os.path.isfile(path):
                with open(path, errors='replace') as file:
                    yield path, file.read(MOST_BYTES)
        except OSError:
            continue


def passes_to(text: str, address: Address) -> bool:
    if 'socket' in address:
        where = re.escape(address['socket']) + r'(?![A-Za-z0-9_./-])'
    else:
        host, port = address['host'], address['port']
        names = [re.escape(host), re.escape(f'[{host}]')]
        if host in LOCAL:
            names += ['localhost', r'127\.0\.0\.1', r'\[::1\]', '']
        where = rf'(?<![\w.\]])(?:{"|".join(names)}):{port}(?!\d)'
    return re.search(PASSES + where, re.sub(r'#[^\n]*', '', text), re.M) is not None
