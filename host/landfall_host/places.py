"""Where things are on this machine, and where the helper itself is."""

from __future__ import annotations

from landfall_host.contract import CONTRACT

HELPER = CONTRACT['helper']
ETC = '/etc/landfall'
VAR = '/var/lib/landfall'
# The caches of installers, one directory of the deploying user's for each service.
CACHE = '/var/cache/landfall'
# Units here win over those in /etc/systemd/system, and a reboot empties this directory.
# So an unproven unit is in force at once and never boots.
UNPROVEN_UNITS = '/run/systemd/system.control'
BOOT_UNITS = '/etc/systemd/system'
# Next to the helper, one directory for each version. Units name the version that they were written with.
GATES = '/usr/local/lib/landfall'
# One file for each instance that has not proven itself yet; a reboot empties it.
TRIALS = '/run/landfall/trials'
# systemd makes a runtime directory for each release that runs: <service>/<release> in here.
SERVICES = '/run/landfall/services'
# Taken by setup, which looks at what other services have before it writes.
SETUP_LOCK = '/run/landfall/setup.lock'
SUDOERS = '/etc/sudoers.d'
# One file for each job that runs; a reboot empties it.
JOB_UNITS = '/run/systemd/system'
# With a process id behind it: where systemd reads a unit's text before it is in force.
VERIFIED = '/run/landfall/verify'
