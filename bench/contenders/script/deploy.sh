#!/usr/bin/env bash
# The steps of a Landfall deploy as a careful person would script them: over OpenSSH, as root, with
# one shared connection. It survives nothing; it is the measure for speed.
#
# usage: deploy.sh <ssh config> <repository> <commit> <bind address>
# WORKERS, GRACEFUL_TIMEOUT, READY_WITHIN (seconds): the service's settings.
# FIX_FORWARD=1: what is live is not ready, and that is no reason to refuse.
# exit: 0 deployed, 2 refused before anything changed, 3 rolled back, 4 the rollback failed too
set -euo pipefail
config=$1 repository=$2 commit=$3 bind=$4
base=/srv/script
release=$base/releases/$commit

on_host() { ssh -F "$config" bench "$@"; }
refuse() { echo "refused: $1; nothing was changed" >&2; exit 2; }

# Three good answers in a row, counted on the host. Arguments of curl, before the path, in $1.
await_ready="await_ready() {
  good=0; end=\$((\$(date +%s) + $READY_WITHIN))
  while [ \$(date +%s) -lt \$end ]; do
    if curl -fsS -m 2 \"\$@\" >/dev/null 2>&1; then good=\$((good + 1)); else good=0; fi
    [ \$good = 3 ] && return 0
    sleep 0.05
  done
  return 1
}"

# What is live, and is it ready?
[ "${FIX_FORWARD:-}" = 1 ] ||
  on_host "[ ! -e $base/current ] || curl -fsS -m 2 http://$bind/health/ready >/dev/null" ||
  refuse 'what is live is not ready'

# The release, complete or absent.
git -C "$repository" archive --format=tar.gz "$commit" | on_host "set -e
  rm -rf $release $release.partial
  mkdir -p $release.partial
  tar -xzf - -C $release.partial
  chown -R deploy:app $release.partial
  mv $release.partial $release"

# Its dependencies, by the hash of its requirements.
on_host "set -e
  venv=$base/venvs/\$(sha256sum $release/requirements.txt | cut -c1-16)
  [ -e \$venv/.complete ] || {
    rm -rf \$venv
    uv venv -q \$venv
    uv pip install -q --compile-bytecode --python \$venv/bin/python -r $release/requirements.txt
    touch \$venv/.complete
  }
  ln -sfn \$venv $release/.venv" || refuse 'the dependencies could not be installed'

# Its import, as the service would do it.
as_service="systemd-run --quiet --wait --pipe -p User=app -p EnvironmentFile=/etc/bench/env -p WorkingDirectory=$release"
on_host "timeout 60 $as_service $release/.venv/bin/python -c 'from main import app'" ||
  refuse 'it cannot be imported'

# A rehearsal, on a private socket.
on_host "$as_service -p RuntimeDirectory=script-rehearsal -p RuntimeMaxSec=60 /bin/bash -c '
  $await_ready
  XDG_RUNTIME_DIR=/run/script-rehearsal .venv/bin/python -m gunicorn --bind unix:/run/script-rehearsal/socket \
    --workers 1 --worker-class uvicorn_worker.UvicornWorker main:app & gunicorn=\$!
  # One that has ended will not become ready any more.
  ( await_ready --unix-socket /run/script-rehearsal/socket http://localhost/health/ready ) & poll=\$!
  wait -n -p first; result=\$?
  [ \$first = \$poll ] || result=1
  kill \$gunicorn \$poll 2>/dev/null; wait
  exit \$result'" || refuse 'it does not become ready'

# The unit, checked before it replaces anything.
sed -e "s#@RELEASE@#$release#g" -e "s#@BIND@#$bind#g" \
  -e "s#@WORKERS@#$WORKERS#g" -e "s#@GRACEFUL_TIMEOUT@#$GRACEFUL_TIMEOUT#g" "$(dirname "$0")/script.service" |
  on_host "cat > /run/script.service && systemd-analyze verify /run/script.service" ||
  refuse 'its unit is wrong'

# Into service; back to what was live when it does not become ready.
on_host "set -e
  $await_ready
  unit=/etc/systemd/system/script.service
  previous=\$(readlink $base/current || true)
  [ ! -e \$unit ] || cp \$unit /run/script.service.previous

  put_in_service() {
    mv \$1 \$unit
    systemctl daemon-reload
    systemctl reset-failed script 2>/dev/null || true
    systemctl restart script
    await_ready http://$bind/health/ready
  }

  if put_in_service /run/script.service; then
    systemctl enable --quiet script
    ln -sfn $release $base/current
    exit 0
  fi
  journalctl -u script -n 20 --no-pager >&2
  [ -n \"\$previous\" ] || exit 4
  echo \"it does not become ready; back to \$previous\" >&2
  put_in_service /run/script.service.previous || exit 4
  exit 3"
