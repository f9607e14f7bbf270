#!/bin/sh
# Understands POSTGRES_USER, POSTGRES_PASSWORD_FILE and PGDATA as the published image does. Docs: Dockerfile.
set -eu
if [ "$(id -u)" = 0 ]; then
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export POSTGRES_PASSWORD
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  umask 077
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  # The published image has the database of this name, too.
  echo "CREATE DATABASE \"$POSTGRES_USER\"" | postgres --single -j postgres
fi
unset POSTGRES_PASSWORD
exec "$@" -c 'listen_addresses=*'
