"""Certificates for nginx, by certbot: asked for once, and renewed by certbot's own timer."""

from __future__ import annotations

import base64
import re

from landfall_host.files import read_text
from landfall_host.protocol import Refused
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import CertificateFiles, Domain

CERTBOT = '/usr/bin/certbot'
# Shown to everybody below /.well-known/acme-challenge/, and certbot alone writes there.
WEBROOT = '/var/www/landfall-acme'
CERTBOT_SECONDS = 180


def certificate_files(service: str) -> CertificateFiles:
    live = f'/etc/letsencrypt/live/{certificate_name(service)}'
    return {'cert': f'{live}/fullchain.pem', 'key': f'{live}/privkey.pem'}


def certificate_name(service: str) -> str:
    return f'landfall-{service}'


def covers(files: CertificateFiles, names: list[str]) -> bool:
    """Whether the certificate is there, and for all these names."""
    first = re.search(
        r'-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----', read_text(files['cert']) or '', re.S
    )
    certificate = base64.b64decode(first.group(1)) if first else b''
    # A name in the certificate: its type, its length, and itself.
    return all(b'\x82' + length_of(name) + name.encode() in certificate for name in names)


def length_of(name: str) -> bytes:
    return bytes([len(name)]) if len(name) < 128 else bytes([0x81, len(name)])


def get_certificate(service: str, domain: Domain) -> None:
    words = certbot_words(service, domain)
    status, out, err = run(words, CERTBOT_SECONDS)
    if status:
        raise Refused(
            'CommandFailed',
            f'certbot got no certificate for {", ".join(domain["names"])}. Port 80 of these names must reach '
            'this host. Correct that and run setup again.',
            out + err,
        )


def certbot_words(service: str, domain: Domain) -> list[str]:
    acme = domain['acme']
    account = ['--email', acme['email'], '--no-eff-email'] if acme['email'] else []
    return [
        CERTBOT,
        'certonly',
        '--non-interactive',
        '--agree-tos',
        '--webroot',
        '--webroot-path',
        WEBROOT,
        '--cert-name',
        certificate_name(service),
        # More or fewer names than last time are meant so.
        '--renew-with-new-domains',
        '--keep-until-expiring',
        '--deploy-hook',
        'systemctl reload nginx.service',
        *(account or ['--register-unsafely-without-email']),
        *(['--server', acme['directory']] if acme['directory'] else []),
        *(word for name in domain['names'] for word in ('-d', name)),
    ]
