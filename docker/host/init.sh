#!/bin/sh
# Becomes systemd. PUBLIC_KEY is the key that logs in, as `deploy` and as root.
set -eu
# Docker mounts the cgroups of a container read-only, and systemd starts services in its own.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
  ! mountpoint -q "$hierarchy" || mount -o remount,rw,bind "$hierarchy"
done
# The image has neither host key nor machine id: each container is another host.
ssh-keygen -A >/dev/null
[ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
for home in /root /home/deploy; do
  printf '%s\n' "$PUBLIC_KEY" >"$home/.ssh/authorized_keys"
  chmod 600 "$home/.ssh/authorized_keys"
done
chown deploy:deploy /home/deploy/.ssh/authorized_keys
unset PUBLIC_KEY
exec /lib/systemd/systemd
