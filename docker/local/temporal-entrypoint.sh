#!/bin/sh
# Looks for its addresses as the published image does. The server takes all other settings from variables.
set -eu
own=$(getent hosts "$(hostname)" | awk '{ print $1 }')
export BIND_ON_IP="${BIND_ON_IP:-$own}" TEMPORAL_BROADCAST_ADDRESS="${TEMPORAL_BROADCAST_ADDRESS:-$own}"
exec temporal-server start
