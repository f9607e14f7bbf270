/**
 * A script for root of a test host: Pebble, an authority for certificates, on the host itself. Its own certificate is
 * /etc/acme/ca.pem.
 * @param name the domain, which leads to the host's own address there
 */
export function acmeAuthority(address: string, name: string): string {
  return `set -e
apt-get update -qq && apt-get install -qq -y pebble >/dev/null
echo '${address} ${name}' >>/etc/hosts
mkdir -p /etc/acme && cd /etc/acme
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out ca.pem \
  -subj /CN=acme -addext subjectAltName=IP:${address} -days 30 2>/dev/null
cat >config.json <<END
{"pebble": {"listenAddress": "${address}:14000", "managementListenAddress": "${address}:15000",
  "certificate": "/etc/acme/ca.pem", "privateKey": "/etc/acme/key.pem", "httpPort": 80, "tlsPort": 443}}
END
systemd-run -q --unit pebble -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 pebble -config /etc/acme/config.json
`;
}
