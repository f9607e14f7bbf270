#!/bin/sh
# What a test host has beyond Debian's packages. Run by mmdebstrap with the new tree as $1.
# Contains nothing of Landfall: setup and deploys must meet a host as an operator would hand it over.
set -eu
root=$1

# Users that people log in as. Their keys, and whether sudo asks, are decided for each host.
chroot "$root" useradd --create-home --shell /bin/bash deploy
install -d -m 700 -o 0 -g 0 "$root/root/.ssh"
chroot "$root" install -d -m 700 -o deploy -g deploy /home/deploy/.ssh

# ssh.socket would listen on every address of the machine. A preset enables it again: masked.
# Timers and consoles are of no use for a host that lives for a minute. Tests that need Redis or nginx
# start their own, on the host's address.
for unit in ssh.socket console-getty.service getty@.service container-getty@.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer logrotate.timer redis-server.service nginx.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id"

# A database and its user; each host gets its own address and password.
postgres=$root/etc/postgresql/15/main
sed -i 's|127\.0\.0\.1/32|127.0.0.0/8|' "$postgres/pg_hba.conf"
sed -i 's|^port = .*|port = 5432|; s|^shared_buffers = .*|shared_buffers = 16MB|' "$postgres/postgresql.conf"
printf '%s\n' "CREATE ROLE shop LOGIN;" "CREATE DATABASE shop OWNER shop;" | chroot "$root" \
  setpriv --reuid postgres --regid postgres --init-groups \
  /usr/lib/postgresql/15/bin/postgres --single -D /var/lib/postgresql/15/main \
  -c config_file=/etc/postgresql/15/main/postgresql.conf postgres >/dev/null

# Packages come from a wheelhouse: installs are quick, the same every time, and need no network.
# A requirement that is missing there fails at once, as from an index that does not have it.
cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/build-ca.crt"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$WHEELS" "$root/tmp/requirements.txt"
cp "$ZOO_WHEELS" "$root/tmp/zoo.txt"
# This machine's settings name files that are not in the tree; only how to reach the index goes in.
inside() {
  chroot "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp PIP_CERT=/tmp/build-ca.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_INDEX_URL="${PIP_INDEX_URL:-https://pypi.org/simple}" \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" "$@"
}
inside python3 -m venv /tmp/venv
inside /tmp/venv/bin/pip install --quiet "uv==$UV_VERSION"
inside cp /tmp/venv/bin/uv /usr/local/bin/uv
inside /tmp/venv/bin/pip download --quiet --only-binary :all: --dest /opt/wheels \
  -r /tmp/requirements.txt pip setuptools wheel
inside /tmp/venv/bin/pip download --quiet --only-binary :all: --no-deps --dest /opt/wheels -r /tmp/zoo.txt

# So do packages of Debian, with what they depend on. As on a new machine, apt has no lists yet.
inside apt-get install --yes --no-install-recommends --download-only caddy certbot pebble >/dev/null
mkdir "$root/opt/debs"
mv "$root"/var/cache/apt/archives/*.deb "$root/opt/debs"
for deb in "$root"/opt/debs/*.deb; do
  dpkg-deb --field "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" \
    "$(sha256sum "$deb" | cut -d ' ' -f 1)"
done >"$root/opt/debs/Packages"
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*
printf 'deb [trusted=yes] file:/opt/debs ./\n' >"$root/etc/apt/sources.list"
rm -rf "$root/tmp/venv" "$root/tmp/.cache" "$root/tmp/requirements.txt" "$root/tmp/zoo.txt" "$root/tmp/build-ca.crt" "$root/etc/resolv.conf"
printf '[global]\nno-index = true\nfind-links = /opt/wheels\ndisable-pip-version-check = true\n' >"$root/etc/pip.conf"
mkdir -p "$root/etc/uv"
printf 'no-index = true\nfind-links = ["/opt/wheels"]\npython-downloads = "never"\n' >"$root/etc/uv/uv.toml"
