"""Steps of a setup that serve a domain: the proxy, its file for this service, and with nginx the certificate."""

from __future__ import annotations

import os
import re

from landfall_host.certificates import CERTBOT, WEBROOT, certificate_files, covers, get_certificate
from landfall_host.files import read_text, remove_file, write_text
from landfall_host.packages import install_stopped
from landfall_host.protocol import Refused
from landfall_host.proxy_facts import CADDY_SITES, proxy_facts, site_file
from landfall_host.proxy_look import (
    CADDYFILE,
    chosen,
    does_not_resolve,
    imports_sites,
    in_use,
    is_installed,
    is_of_package,
    runs,
    stands_in_the_way,
)
from landfall_host.proxy_site import is_as_written, read_again, replace, take_up_caddy, take_up_nginx
from landfall_host.proxy_texts import CADDYFILE as OUR_CADDYFILE
from landfall_host.proxy_texts import Nginx, caddy_site
from landfall_host.run import must_run, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from landfall_host.contract_types import Address, Domain, SetupRequest, SetupResultProxy
    from landfall_host.setup_steps import SetupSteps

MOST_OUTPUT = 1000
# Where dpkg leaves the package's own text, too, when an administrator keeps another.
PACKAGES_CADDYFILE = CADDYFILE + '.dpkg-dist'


def proxy_steps(plan: SetupSteps, service: str, ask: SetupRequest) -> SetupResultProxy | None:
    """None: nothing is to be served. A proxy that cannot serve the domain leaves the rest of a setup alone."""
    domain = ask.get('domain')
    if domain is None or 'address' not in ask:
        if 'domain' in ask:
            no_longer(plan, service)
        return None
    kind = chosen(service, domain)
    file = site_file(kind, service)
    problem = stands_in_the_way(kind, file, domain)
    if problem is None:
        try:
            if kind == 'caddy':
                problem = caddy_steps(plan, file, ask['address'], domain)
            else:
                nginx_steps(plan, service, file, ask['address'], domain)
        except Refused as refused:
            output = (refused.output or '').strip()[-MOST_OUTPUT:]
            problem = f'{refused.message} {output}'.strip()
    return {'kind': kind, 'file': file, 'problem': problem}


def dns_warnings(ask: SetupRequest) -> list[str]:
    """Without ACME a name may be known to few."""
    domain = ask.get('domain')
    if not domain or domain['certificate']:
        return []
    return [
        f'{name} has no address in the DNS that this host asks. A certificate needs one: add an A or AAAA record.'
        for name in domain['names']
        if does_not_resolve(name)
    ]


def no_longer(plan: SetupSteps, service: str) -> None:
    before = proxy_facts(service)
    if before:
        file = before['file']
        plan.step(
            f'remove {file}: landfall.yaml has no `domain:`',
            lambda: not os.path.lexists(file),
            lambda: remove_proxy_files(service),
        )


def caddy_steps(plan: SetupSteps, file: str, address: Address, domain: Domain) -> str | None:
    """Returns the line that a person has to add to a Caddyfile of their own."""
    if not is_installed('caddy'):
        # Debian starts it at once, with a page of its own.
        plan.package(
            'caddy', lambda: is_installed('caddy'), lambda name: install_stopped(name, 'caddy.service')
        )
    if not os.path.exists(CADDYFILE) or is_of_package(CADDYFILE, 'caddy'):
        plan.step(
            f'let {CADDYFILE}, which is as the package brought it, read the sites in {CADDY_SITES}',
            lambda: read_text(CADDYFILE) == OUR_CADDYFILE,
            own_caddyfile,
            lambda: [('files', PACKAGES_CADDYFILE)],
        )
    plan.directory(CADDY_SITES, 'root', 'root', 0o755)
    text = caddy_site(address, domain)
    site(
        plan,
        file,
        text,
        f'write {file}, which serves {", ".join(domain["names"])}, and let Caddy read it',
        lambda: replace(file, text, lambda: take_up_caddy(file, domain), lambda: read_again('caddy')),
        # A Caddyfile that does not read the file needs no running Caddy.
        lambda: runs('caddy') or not imports_sites(read_text(CADDYFILE) or ''),
    )
    own = read_text(CADDYFILE)
    if own is not None and not is_of_package(CADDYFILE, 'caddy') and not imports_sites(own):
        return (
            f'{CADDYFILE} is your own, so setup leaves it alone. Add this line at its end, outside of all '
            f'braces, and run `systemctl reload caddy`: import {CADDY_SITES}/*.caddy'
        )
    return None


def own_caddyfile() -> None:
    before = read_text(CADDYFILE)
    if before is not None:
        write_text(PACKAGES_CADDYFILE, before, 0o644)
    write_text(CADDYFILE, OUR_CADDYFILE, 0o644)


def nginx_steps(plan: SetupSteps, service: str, file: str, address: Address, domain: Domain) -> None:
    given = domain['certificate']
    names = ', '.join(domain['names'])
    if not is_installed('nginx'):
        plan.package('nginx', lambda: is_installed('nginx'))
    if not given and not os.path.exists(CERTBOT):
        plan.package('certbot', lambda: os.path.exists(CERTBOT))
    if not given:
        plan.directory(WEBROOT, 'root', 'root', 0o755)
    nginx = Nginx(service, http2_of(), os.path.exists('/proc/net/if_inet6'), None if given else WEBROOT)
    files = given or certificate_files(service)
    secure = nginx.site(address, domain, files)

    def write(text: str, ports: tuple[int, ...], what: str) -> None:
        site(
            plan,
            file,
            text,
            what,
            lambda: replace(
                file, text, lambda: take_up_nginx(file, domain, ports), lambda: read_again('nginx')
            ),
            lambda: runs('nginx'),
        )

    there = os.path.exists(files['cert'])
    if not there:
        text = nginx.site(address, domain, None)
        write(text, (80,), f'write {file}: {names} on port 80, until there is a certificate')
    if not given:
        plan.step(
            f'get a certificate for {names} with certbot, which accepts the terms of the authority',
            lambda: covers(files, domain['names']),
            lambda: get_certificate(service, domain),
        )
        plan.step(
            'let certbot.timer renew it',
            lambda: run(['systemctl', 'is-enabled', '--quiet', 'certbot.timer'])[0] == 0,
            lambda: must_run(['systemctl', 'enable', '--now', '--quiet', 'certbot.timer']),
        )
    write(secure, (80, 443), f'write {file}, which serves {names}, and let nginx read it')


def site(
    plan: SetupSteps,
    file: str,
    text: str,
    what: str,
    act: Callable[[], object],
    is_up: Callable[[], bool],
) -> None:
    plan.step(
        what,
        lambda: is_as_written(file, text) and is_up(),
        act,
        lambda: [] if os.path.lexists(file) else [('files', file)],
    )


def http2_of() -> str:
    """From 1.25.1 on nginx has a directive for HTTP/2."""
    version = re.search(r'nginx/(\d+)\.(\d+)\.(\d+)', run(['nginx', '-v'])[2])
    is_new = version is not None and tuple(map(int, version.groups())) >= (1, 25, 1)
    return 'directive' if is_new else 'listen'


def remove_proxy_files(service: str) -> None:
    """Takes the domain of a service from its proxy, which serves its other sites as before. Safe to repeat."""
    before = proxy_facts(service)
    while before:
        remove_file(before['file'])
        if before['kind'] == 'caddy' and not any(name.endswith('.caddy') for name in os.listdir(CADDY_SITES)):
            packages_caddyfile()
        read_again(before['kind'])
        before = proxy_facts(service)


def packages_caddyfile() -> None:
    if read_text(CADDYFILE) == OUR_CADDYFILE and os.path.exists(PACKAGES_CADDYFILE):
        os.rename(PACKAGES_CADDYFILE, CADDYFILE)
        if in_use('caddy'):
            run(['systemctl', 'restart', 'caddy.service'], 60)
