"""The file that a setup has written for a proxy of this host."""

from __future__ import annotations

from landfall_host.files import read_text
from landfall_host.proxy_texts import said_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from landfall_host.contract_types import HostFactsProxy

    Kind = Literal['caddy', 'nginx']

CADDY_SITES = '/etc/caddy/landfall'
NGINX_SITES = '/etc/nginx/conf.d'


def site_file(kind: Kind, service: str) -> str:
    """No other service can have this file: a service's name has neither a dot nor a slash."""
    if kind == 'caddy':
        return f'{CADDY_SITES}/{service}.caddy'
    return f'{NGINX_SITES}/landfall-{service}.conf'


def proxy_facts(service: str) -> HostFactsProxy | None:
    """None where this service has no such file."""
    kinds: tuple[Kind, ...] = ('caddy', 'nginx')
    for kind in kinds:
        file = site_file(kind, service)
        said = said_in(read_text(file) or '')
        if said:
            return {'kind': kind, 'file': file, 'names': said['names'], 'passesTo': said['passesTo']}
    return None
