"""The proxies of this host before a setup changes one: which there are, and what stands in the way of a domain."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch

from landfall_host.children import in_time
from landfall_host.files import read_text
from landfall_host.listeners import holder_of
from landfall_host.packages import manager
from landfall_host.proxies import configurations
from landfall_host.proxy_facts import CADDY_SITES, proxy_facts
from landfall_host.run import run
from landfall_host.setup_checks import unit_of
from landfall_host.setup_policy import unsafe_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import CertificateFiles, Domain
    from landfall_host.proxy_facts import Kind

CADDYFILE = '/etc/caddy/Caddyfile'
STORE = '/etc/ssl/certs/ca-certificates.crt'
PORTS = 80, 443
LOOK_UP_SECONDS = 5


def chosen(service: str, domain: Domain) -> Kind:
    """Who has nginx keeps it."""
    if domain['proxy']:
        return domain['proxy']
    before = proxy_facts(service)
    if before:
        return before['kind']
    return 'nginx' if in_use('nginx') and not runs('caddy') else 'caddy'


def runs(kind: Kind) -> bool:
    return run(['systemctl', 'is-active', '--quiet', f'{kind}.service'])[0] == 0


def in_use(kind: Kind) -> bool:
    """A masked one is not."""
    return runs(kind) or run(['systemctl', 'is-enabled', '--quiet', f'{kind}.service'])[0] == 0


def is_installed(kind: str) -> bool:
    return any(os.path.exists(f'{place}/{kind}') for place in ('/usr/bin', '/usr/sbin', '/usr/local/bin'))


def stands_in_the_way(kind: Kind, file: str, domain: Domain) -> str | None:
    """The first reason for which this host cannot serve the domain, with the next step."""
    if not is_installed(kind) and manager() is None:
        return f'{kind} is not installed, and this host has neither apt-get nor dnf. Install it by hand.'
    for name in domain['names']:
        other = next(
            (path for path, text in configurations() if path != file and serves(path, text, name)), None
        )
        if other:
            return f'{other} serves {name} already. Remove {name} there, or from `domain:` in landfall.yaml.'
    for port in PORTS:
        holder = holder_of({'host': domain['listen'] or '0.0.0.0', 'port': port})  # noqa: S104 -- any address
        unit = unit_of(holder) if holder else None
        if holder and unit != f'{kind}.service':
            who = f'{unit}, {holder},' if unit else holder
            return (
                f'{who} listens on port {port}, which {kind} needs. Stop and disable it, or remove `domain:`.'
            )
    if domain['certificate']:
        return next(untrusted_files(domain['certificate']), None)
    if domain['acme']['ca']:
        return problem_of_authority(kind, domain['acme']['ca'])
    return None


def untrusted_files(files: CertificateFiles) -> Iterator[str]:
    """A proxy reads them as root, or shows them to everybody: they must not be of the choice of another user."""
    for path in (files['cert'], files['key']):
        real = os.path.realpath(path)
        if not os.path.isfile(real):
            yield f'The file {path} of `certificate` is not on this host. Copy it there.'
        elif os.stat(real).st_uid != 0 or os.stat(real).st_mode & 0o022:
            yield f'{path} of `certificate` must be a file that only root can change: chown root, chmod go-w'
        else:
            yield from unsafe_parents(path)
            yield from unsafe_parents(real)


def problem_of_authority(kind: Kind, ca: str) -> str | None:
    try:
        with open(ca, encoding='ascii') as file:
            text = file.read(1 << 16).strip()
    except (OSError, ValueError):
        text = ''
    if not text.startswith('-----BEGIN CERTIFICATE-----'):
        return f'The file {ca} of `acme: ca` is not a certificate (PEM) on this host. Copy it there.'
    # certbot takes no authority of its own that it would remember for renewals.
    if kind == 'nginx' and text not in (read_text(STORE) or ''):
        return (
            f'certbot trusts the authorities of this host, and {ca} is not one of them. Run: cp {ca} '
            '/usr/local/share/ca-certificates/acme-ca.crt && update-ca-certificates'
        )
    return None


def serves(path: str, text: str, name: str) -> bool:
    """Whether this configuration of a web server has a site of exactly that name."""
    plain = re.sub(r'#[^\n]*', '', text)
    if path.startswith('/etc/caddy/'):
        return name in caddy_names(plain)
    lists = re.findall(r'\bserver_name\s+([^;]*);', plain)
    lists += re.findall(r'^\s*Server(?:Name|Alias)\s+([^\n]*)', plain, re.M | re.I)
    return any(re.sub(r':\d+$', '', each) == name for words in lists for each in words.split())


def caddy_names(plain: str) -> set[str]:
    """The names of sites: words outside of all braces, without scheme, port and path."""
    names, depth = set(), 0
    for word in re.findall(r'[^\s,]+', plain):
        name = re.sub(r'^\w+://', '', word.rstrip('{'))
        if depth == 0 and name != '}':
            names.add(re.sub(r'[:/].*$', '', name))
        # Braces of placeholders, such as {host}, are closed in the same word.
        depth += word.count('{') - word.count('}')
    return names


def imports_sites(caddyfile: str) -> bool:
    """Whether this Caddyfile reads the files of `CADDY_SITES`."""
    patterns = re.findall(r'^\s*import\s+(\S+)', re.sub(r'#[^\n]*', '', caddyfile), re.M)
    return any(
        fnmatch(f'{CADDY_SITES}/shop.caddy', os.path.normpath(os.path.join('/etc/caddy', pattern)))
        for pattern in patterns
    )


def is_of_package(path: str, package: str) -> bool:
    """Whether this file of a Debian package is as the package brought it."""
    import hashlib

    text = read_text(path)
    said = run(['dpkg-query', '-W', '-f=${Conffiles}\n', package])[1]
    sums = {words[0]: words[1] for words in map(str.split, said.splitlines()) if len(words) >= 2}
    digest = hashlib.md5((text or '').encode('utf-8', 'surrogateescape'))  # noqa: S324 -- dpkg's sum
    return text is not None and sums.get(path) == digest.hexdigest()


def does_not_resolve(name: str) -> bool:
    return not in_time(resolves, name, seconds=LOOK_UP_SECONDS, otherwise=False)


def resolves(name: str) -> bool:
    import socket

    try:
        return bool(socket.getaddrinfo(name, 443))
    except OSError:
        return False
