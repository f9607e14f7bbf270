"""Files of proxies as text: whole, and without a way out for a hostile value."""

from __future__ import annotations

import unittest

from landfall_host.contract import CONTRACT, check
from landfall_host.proxy_look import caddy_names, imports_sites, serves
from landfall_host.proxy_texts import Nginx, caddy_site, said_in, upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import Address, CertificateFiles, Domain

TCP: Address = {'host': '127.0.0.1', 'port': 8000}
CERTIFICATE: CertificateFiles = {'cert': '/etc/ssl/shop.pem', 'key': '/etc/ssl/shop.key'}


def domain(**other: Any) -> Domain:
    values: Any = {
        'names': ['shop.example.com'],
        'proxy': None,
        'listen': None,
        'acme': {'directory': None, 'email': None, 'ca': None},
        'certificate': None,
    }
    values.update(other)
    check('domain', values)
    checked: Domain = values
    return checked


class Texts(unittest.TestCase):
    def test_caddy_by_itself_needs_a_name_and_an_upstream(self) -> None:
        self.assertEqual(
            caddy_site(TCP, domain()),
            """\
# Written by Landfall: {"names": ["shop.example.com"], "passesTo": "127.0.0.1:8000"}
# The next setup replaces this file. Change `domain:` in landfall.yaml instead.
shop.example.com {
	reverse_proxy 127.0.0.1:8000 {
		# While the service restarts, its address refuses connections. Requests wait.
		lb_try_duration 10s
		lb_try_interval 100ms
		transport http {
			# A kept connection may belong to a release that stops.
			keepalive off
			response_header_timeout 300s
		}
	}
}
""",
        )

    def test_each_setting_of_caddy_has_its_line(self) -> None:
        text = caddy_site(
            {'socket': '/run/shop.sock'},
            domain(
                names=['shop.example.com', 'xn--bcher-kva.example'],
                listen='::1',
                acme={
                    'directory': 'https://ca.internal/acme/dir',
                    'email': 'ops@example.com',
                    'ca': '/etc/ca.pem',
                },
            ),
        )
        for line in (
            'shop.example.com, xn--bcher-kva.example {',
            '\tbind ::1',
            '\t\t\tdir https://ca.internal/acme/dir',
            '\t\t\temail ops@example.com',
            '\t\t\ttrusted_roots /etc/ca.pem',
            '\treverse_proxy unix//run/shop.sock {',
        ):
            self.assertIn(line + '\n', text)
        only_mail = domain(acme={'directory': None, 'email': 'ops@example.com', 'ca': None})
        self.assertIn('\ttls ops@example.com\n', caddy_site(TCP, only_mail))
        given = domain(certificate=CERTIFICATE)
        self.assertIn('\ttls /etc/ssl/shop.pem /etc/ssl/shop.key\n', caddy_site(TCP, given))

    def test_nginx_serves_nothing_without_a_certificate(self) -> None:
        text = Nginx('shop', 'listen', True, '/var/www/acme').site(TCP, domain(), None)
        self.assertEqual(
            text.split('\n', 2)[2],
            """\
server {
    listen 80;
    listen [::]:80;
    server_name shop.example.com;
    location /.well-known/acme-challenge/ {
        default_type text/plain;
        root /var/www/acme;
    }
    location / {
        return 503;
    }
}
""",
        )

    def test_nginx_with_a_certificate_redirects_each_name_to_itself(self) -> None:
        names = domain(names=['shop.example.com', 'www.example.com'])
        text = Nginx('my-shop', 'directive', False, None).site(TCP, names, CERTIFICATE)
        for line in (
            '        return 308 https://www.example.com$request_uri;',
            'upstream landfall_my_shop {',
            '    server 127.0.0.1:8000 max_fails=0;',
            'map $http_upgrade $landfall_my_shop_connection {',
            '    listen 443 ssl;',
            '    http2 on;',
            '    server_name shop.example.com www.example.com;',
            '    ssl_certificate_key /etc/ssl/shop.key;',
            '        proxy_set_header Host $host;',
            '        proxy_set_header X-Forwarded-For $remote_addr;',
            '        proxy_set_header Connection $landfall_my_shop_connection;',
        ):
            self.assertIn(line + '\n', text)
        old = Nginx('shop', 'listen', False, None).site(TCP, domain(listen='::1'), CERTIFICATE)
        self.assertIn('    listen [::1]:443 ssl http2;\n', old)

    def test_the_first_line_tells_what_is_served(self) -> None:
        self.assertEqual(
            said_in(caddy_site(TCP, domain())), {'names': ['shop.example.com'], 'passesTo': '127.0.0.1:8000'}
        )
        for text in ('', 'shop.example.com {}', '# Written by Landfall: nothing\n'):
            self.assertIsNone(said_in(text))

    def test_a_service_on_every_address_is_asked_on_the_loopback(self) -> None:
        self.assertEqual(upstream({'host': '0.0.0.0', 'port': 80}), '127.0.0.1:80')  # noqa: S104 -- the value itself
        self.assertEqual(upstream({'host': '::', 'port': 8000}), '[::1]:8000')
        self.assertEqual(upstream({'socket': '/run/shop.sock'}), 'unix:/run/shop.sock')

    def test_no_hostile_value_reaches_a_file(self) -> None:
        breaks = (' ', '\n', '{', '}', ';', '$', '"', "'", '#', '\\', '`', '\x00', '*', '\u2028', '(')
        for sign in breaks:
            for wrong in (
                {'names': [f'shop{sign}.example.com']},
                {'names': [f'shop.example.com{sign}']},
                {'listen': f'127.0.0.1{sign}'},
                {'acme': {'directory': f'https://ca.internal/dir{sign}', 'email': None, 'ca': None}},
                {'acme': {'directory': None, 'email': f'ops{sign}@example.com', 'ca': None}},
                {'acme': {'directory': None, 'email': None, 'ca': f'/etc/ca{sign}.pem'}},
                {'certificate': {**CERTIFICATE, 'key': f'/etc/ssl/{sign}'}},
            ):
                with self.subTest(wrong=wrong), self.assertRaises(ValueError):
                    domain(**wrong)

    def test_names_are_names(self) -> None:
        for name in (
            'localhost',
            '127.0.0.1',
            'Shop.example.com',
            '*.example.com',
            'a..example.com',
            '.example.com',
            'shop.example.com.',
            'shop.example.com:443',
            'bücher.example',
            '-a.example',
            'a' * 64 + '.example',
            'a.' * 127 + 'example',
            'shop.example.1',
        ):
            with self.subTest(name=name), self.assertRaises(ValueError):
                domain(names=[name])
        self.assertEqual(CONTRACT['types']['domain']['fields']['names']['most'], 20)


class Others(unittest.TestCase):
    def test_sites_of_other_files_are_found_by_their_names(self) -> None:
        nginx = 'server { listen 80; server_name www.example.com shop.example.com; # api.example.com\n}'
        caddy = 'http://shop.example.com:80, www.example.com {\n reverse_proxy api.example.com:80 {\n }\n}\n'
        apache = (
            '<VirtualHost *>\n  ServerName shop.example.com:80\n  ServerAlias www.example.com\n</VirtualHost>'
        )
        for path, text in (
            ('/etc/nginx/conf.d/a.conf', nginx),
            ('/etc/caddy/Caddyfile', caddy),
            ('/etc/apache2/sites-enabled/a', apache),
        ):
            with self.subTest(path=path):
                self.assertTrue(serves(path, text, 'shop.example.com'))
                self.assertTrue(serves(path, text, 'www.example.com'))
                self.assertFalse(serves(path, text, 'api.example.com'))
                self.assertFalse(serves(path, text, 'example.com'))
        self.assertEqual(
            caddy_names('shop.example.com\nreverse_proxy :8000'), {'shop.example.com', 'reverse_proxy', ''}
        )

    def test_a_caddyfile_reads_the_sites_by_its_own_import(self) -> None:
        for line in (
            'import /etc/caddy/landfall/*.caddy',
            '\timport landfall/*',
            'import /etc/caddy/*/*.caddy',
        ):
            self.assertTrue(imports_sites(line), line)
        for line in ('# import /etc/caddy/landfall/*.caddy', 'import conf.d/*', 'import snippet'):
            self.assertFalse(imports_sites(line), line)


if __name__ == '__main__':
    unittest.main()
