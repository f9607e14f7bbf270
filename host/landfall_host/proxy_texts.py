"""The files that serve a domain with Caddy or nginx, as text. Every value has been checked against the contract.

No value that the contract lets through has a character with a meaning in these files: no space, quote, brace,
semicolon, dollar or line break.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address, CertificateFiles, Domain
    from landfall_host.shapes import Served

FIRST = '# Written by Landfall: '
SECOND = '# The next setup replaces this file. Change `domain:` in landfall.yaml instead.'
# Limits of an answer and of an upload: more than apps allow themselves.
ANSWER_SECONDS, LARGEST_BODY = 300, '100m'
# A restart of the service takes seconds.
RETRY_SECONDS = 10

CADDYFILE = """\
# Written by Landfall. Sites of your own may follow.
{
	# Otherwise every user of this host may change Caddy's configuration, through a TCP port.
	admin unix//var/lib/caddy/admin.sock
}

import /etc/caddy/landfall/*.caddy
"""


def head(address: Address, domain: Domain) -> str:
    says: Served = {'names': domain['names'], 'passesTo': upstream(address)}
    return f'{FIRST}{json.dumps(says)}\n{SECOND}\n'


def said_in(text: str) -> Served | None:
    """The first line of such a file; None for any other."""
    line = text.partition('\n')[0]
    try:
        return json.loads(line[len(FIRST) :]) if line.startswith(FIRST) else None
    except ValueError:
        return None


def upstream(address: Address) -> str:
    """`127.0.0.1:8000` or `unix:/run/shop.sock`. A service on every address is asked on the loopback."""
    if 'socket' in address:
        return 'unix:' + address['socket']
    host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(address['host'], address['host'])  # noqa: S104
    return (f'[{host}]' if ':' in host else host) + f':{address["port"]}'


def caddy_site(address: Address, domain: Domain) -> str:
    to = upstream(address).replace('unix:/', 'unix//')
    listen = domain['listen']
    lines = [
        f'{", ".join(domain["names"])} {{',
        *([f'\tbind {listen}'] if listen else []),
        *caddy_tls(domain),
        f'\treverse_proxy {to} {{',
        '\t\t# While the service restarts, its address refuses connections. Requests wait.',
        f'\t\tlb_try_duration {RETRY_SECONDS}s',
        '\t\tlb_try_interval 100ms',
        '\t\ttransport http {',
        '\t\t\t# A kept connection may belong to a release that stops.',
        '\t\t\tkeepalive off',
        f'\t\t\tresponse_header_timeout {ANSWER_SECONDS}s',
        '\t\t}',
        '\t}',
        '}',
    ]
    return head(address, domain) + '\n'.join(lines) + '\n'


def caddy_tls(domain: Domain) -> list[str]:
    files, acme = domain['certificate'], domain['acme']
    if files:
        return [f'\ttls {files["cert"]} {files["key"]}']
    if not acme['directory'] and not acme['ca']:
        # Caddy's own authorities, of which the second helps where the first fails.
        return [f'\ttls {acme["email"]}'] if acme['email'] else []
    options = {'dir': acme['directory'], 'email': acme['email'], 'trusted_roots': acme['ca']}
    return [
        '\ttls {',
        '\t\tissuer acme {',
        *(f'\t\t\t{name} {value}' for name, value in options.items() if value),
        '\t\t}',
        '\t}',
    ]


class Nginx:
    """The file of one service for an nginx of this host."""

    def __init__(self, service: str, http2: str, ipv6: bool, webroot: str | None) -> None:
        """`http2`: how this version is told, `listen` or `directive`. `webroot`: certbot's answers to its authority."""
        self.service = service
        self.http2 = http2
        self.ipv6 = ipv6
        self.webroot = webroot

    def site(self, address: Address, domain: Domain, files: CertificateFiles | None) -> str:
        """`files` None: there is no certificate yet. The service is then not served, and never without TLS."""
        name = 'landfall_' + self.service.replace('-', '_')
        blocks = [block for each in domain['names'] for block in self.plain(each, domain, bool(files))]
        if files:
            blocks += self.secure(name, address, domain, files)
        return head(address, domain) + '\n'.join(blocks) + '\n'

    def plain(self, domain_name: str, domain: Domain, redirects: bool) -> list[str]:
        answer = [
            '    location /.well-known/acme-challenge/ {',
            '        default_type text/plain;',
            f'        root {self.webroot};',
            '    }',
        ]
        return [
            'server {',
            *self.listens(domain, '80'),
            f'    server_name {domain_name};',
            *(answer if self.webroot else []),
            '    location / {',
            f'        return 308 https://{domain_name}$request_uri;' if redirects else '        return 503;',
            '    }',
            '}',
        ]

    def secure(self, name: str, address: Address, domain: Domain, files: CertificateFiles) -> list[str]:
        sets = {
            'Host': '$host',
            'X-Real-IP': '$remote_addr',
            'X-Forwarded-For': '$remote_addr',
            'X-Forwarded-Host': '$host',
            'X-Forwarded-Proto': 'https',
            'Upgrade': '$http_upgrade',
            'Connection': f'${name}_connection',
        }
        return [
            f'upstream {name} {{',
            '    # No kept connections: one may belong to a release that stops.',
            f'    server {upstream(address)} max_fails=0;',
            '}',
            f'map $http_upgrade ${name}_connection {{',
            '    default upgrade;',
            "    '' close;",
            '}',
            'server {',
            *self.listens(domain, '443', ' ssl http2' if self.http2 == 'listen' else ' ssl'),
            *(['    http2 on;'] if self.http2 == 'directive' else []),
            f'    server_name {" ".join(domain["names"])};',
            f'    ssl_certificate {files["cert"]};',
            f'    ssl_certificate_key {files["key"]};',
            '    ssl_protocols TLSv1.2 TLSv1.3;',
            f'    ssl_session_cache shared:{name}:2m;',
            '    ssl_session_timeout 1d;',
            '    ssl_session_tickets off;',
            f'    client_max_body_size {LARGEST_BODY};',
            '    location / {',
            f'        proxy_pass http://{name};',
            '        proxy_http_version 1.1;',
            *(f'        proxy_set_header {field} {value};' for field, value in sets.items()),
            '        proxy_redirect off;',
            '        proxy_connect_timeout 5s;',
            f'        proxy_read_timeout {ANSWER_SECONDS}s;',
            f'        proxy_send_timeout {ANSWER_SECONDS}s;',
            '        # Room for large cookies.',
            '        proxy_buffer_size 16k;',
            '        proxy_buffers 8 16k;',
            '    }',
            '}',
        ]

    def listens(self, domain: Domain, port: str, more: str = '') -> list[str]:
        listen = domain['listen']
        every = ['', '[::]'] if self.ipv6 else ['']
        places = every if not listen else [f'[{listen}]' if ':' in listen else listen]
        return [f'    listen {place + ":" if place else ""}{port}{more};' for place in places]
