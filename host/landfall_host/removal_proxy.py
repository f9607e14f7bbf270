"""The files of a proxy that setup wrote for a service, and its certificate of certbot."""

from __future__ import annotations

import os

from landfall_host.certificates import CERTBOT, certificate_name
from landfall_host.proxy_facts import proxy_facts, site_file
from landfall_host.proxy_steps import PACKAGES_CADDYFILE, remove_proxy_files
from landfall_host.run import must_run, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.removal_scope import Scope
    from landfall_host.removal_steps import RemovalSteps


def is_of_proxy(path: str, service: str) -> bool:
    return path in (site_file('caddy', service), site_file('nginx', service), PACKAGES_CADDYFILE)


def remove_proxy(plan: RemovalSteps, scope: Scope) -> None:
    """A service that `landfall eject` has given back keeps its proxy."""
    service = scope.host.service
    proxy = proxy_facts(service)
    renewal = f'/etc/letsencrypt/renewal/{certificate_name(service)}.conf'
    if proxy and scope.ejected:
        plan.stay(
            f'{proxy["file"]}, with which {proxy["kind"]} serves {", ".join(proxy["names"])}.', proxy['file']
        )
        return
    if proxy:
        plan.step(
            f'remove {proxy["file"]}: {proxy["kind"]} serves {", ".join(proxy["names"])} no longer',
            lambda: proxy_facts(service) is not None,
            lambda: remove_files(service, 'caddy' in scope.record.made['packages']),
        )
    if os.path.exists(CERTBOT):
        plan.step(
            f'let certbot forget the certificate {certificate_name(service)}',
            lambda: os.path.exists(renewal),
            lambda: must_run(
                [CERTBOT, 'delete', '--non-interactive', '--cert-name', certificate_name(service)], 60
            ),
        )


def remove_files(service: str, installed_caddy: bool) -> None:
    remove_proxy_files(service)
    # A Caddy that setup brought would serve the page of its package now.
    if installed_caddy and not os.path.exists(PACKAGES_CADDYFILE):
        run(['systemctl', 'disable', '--now', '--quiet', 'caddy.service'], 60)
