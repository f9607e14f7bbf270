#!/usr/bin/env bash
# The steps of a Landfall deploy as a careful person would script them: over OpenSSH, as root,
# with one multiplexed connection. Survives nothing; it is the measure for speed.
# usage: plain-deploy.sh <ssh destination> <ssh config> <repository> <commit> <bind address>
set -euo pipefail
destination=$1 config=$2 repository=$3 commit=$4 bind=$5
on_host() { ssh -F "$config" "$destination" "$@"; }
release=/srv/plain/releases/${commit:0:7}

# what is live, and is it ready now
on_host "systemctl is-active --quiet plain && curl -fsS -m 2 http://$bind/health/ready >/dev/null || [ ! -e /srv/plain/current ]"

# the release
git -C "$repository" archive --format=tar.gz "$commit" | on_host "mkdir -p $release && tar -xzf - -C $release && chown -R deploy:shop $release"

# its dependencies, by the hash of its requirements
on_host "set -e
  venv=/srv/plain/venvs/\$(sha256sum $release/requirements.txt | cut -c1-16)
  [ -e \$venv/.complete ] || { uv venv -q \$venv && uv pip install -q --python \$venv/bin/python -r $release/requirements.txt && touch \$venv/.complete; }
  ln -sfn \$venv $release/.venv"

# pre-import, as the service
as_service="systemd-run --quiet --wait --pipe -p User=shop -p EnvironmentFile=/etc/shop/env -p WorkingDirectory=$release"
on_host "$as_service $release/.venv/bin/python -c 'from main import app'"

# rehearsal on a private socket
on_host "$as_service -p RuntimeDirectory=plain-rehearsal /bin/bash -c '
  XDG_RUNTIME_DIR=/run/plain-rehearsal .venv/bin/python -m gunicorn --bind unix:/run/plain-rehearsal/s --workers 1 --worker-class uvicorn_worker.UvicornWorker main:app & pid=\$!
  good=0; for try in \$(seq 100); do
    if curl -fsS -m 2 --unix-socket /run/plain-rehearsal/s http://localhost/health/ready >/dev/null 2>&1; then good=\$((good+1)); else good=0; fi
    [ \$good = 3 ] && break; sleep 0.1; done
  kill \$pid; wait \$pid; [ \$good = 3 ]' >/dev/null 2>&1"

# the unit, checked before it replaces anything
sed -e "s#@RELEASE@#$release#g" -e "s#@BIND@#$bind#g" "$(dirname "$0")/plain.service" |
  on_host "cat > /run/plain.service && systemd-analyze verify /run/plain.service && mv /run/plain.service /etc/systemd/system/plain.service && systemctl daemon-reload"

# restart, then three good answers in a row
on_host "set -e
  systemctl reset-failed plain || true
  systemctl restart plain
  good=0; for try in \$(seq 300); do
    if curl -fsS -m 2 http://$bind/health/ready >/dev/null 2>&1; then good=\$((good+1)); else good=0; fi
    [ \$good = 3 ] && break; sleep 0.05; done
  [ \$good = 3 ]"

# good: it boots, and it is what to go back to
on_host "systemctl enable --quiet plain && ln -sfn $release /srv/plain/current"
