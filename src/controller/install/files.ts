/** Small files of a controller. Pure. */
import {
  CURRENT,
  ENGINE,
  ENV_FILE,
  FIREWALL_TABLE,
  KEY_FILE,
  KNOWN_HOSTS,
  POLICY_FILE,
  STATE,
  USER,
} from './layout';

/** Settings of both services and of the command: systemd and sh read this file. It holds no secret. */
export function envFile(port: number): string {
  return `# Written by landfall controller install.
TEMPORAL_ADDRESS=127.0.0.1:${port}
LANDFALL_ENGINE_PORT=${port}
LANDFALL_STATE=${STATE}
LANDFALL_POLICY=${POLICY_FILE}
`;
}

/** A policy that limits no run and opens the door for no key. Root's, and readable for the user. */
export function firstPolicy(): string {
  return `# What may be deployed from here, and what each key may ask for.
# Without "services", every service may be deployed. With it, only those below it.
keys: {}
`;
}

/** \`landfall\` on the controller: this version's, with the controller's settings. Set variables count first. */
export function wrapper(client: string): string {
  return `#!/bin/sh
# Written by landfall controller install.
while IFS='=' read -r name value; do
  case $name in
    TEMPORAL_* | LANDFALL_*) eval "[ -n \\"\\\${$name+set}\\" ] || export $name=\\"\\$value\\"" ;;
  esac
done < ${ENV_FILE}
exec ${CURRENT}/node ${CURRENT}/${client} "$@"
`;
}

/** The OpenSSH settings of the user: Git takes the same key and trusts the same hosts as the worker. */
export function sshConfig(): string {
  return `# Written by landfall controller install.
Host *
  IdentityFile ${KEY_FILE}
  UserKnownHostsFile ${KNOWN_HOSTS}
  BatchMode yes
`;
}

/**
 * Runs as root each time the engine has started. Waits until the engine serves, keeps outcomes for 90 days, and lets
 * no other user of the machine reach it. The engine asks no client for an identity, and listens on several ports.
 */
export function engineReady(): string {
  return `#!/bin/sh
# Written by landfall controller install.
set -eu
. ${ENV_FILE}
temporal() { ${CURRENT}/temporal "$@" --address "$TEMPORAL_ADDRESS" --disable-config-file --disable-config-env; }
# Without a limit of its own: systemd ends this script after TimeoutStartSec=.
until temporal operator cluster health >/dev/null 2>&1; do
  systemctl show --property=MainPID ${ENGINE} | grep -q '=0$' && exit 1
  sleep 0.1
done
# The server keeps outcomes for a day by itself.
temporal operator namespace update --namespace default --retention 90d >/dev/null
command -v nft >/dev/null || exit 0
uid=$(id -u ${USER})
ports=$(awk -v uid="$uid" '$4 == "0A" && $8 == uid { split($2, at, ":"); printf "%s0x%s", found++ ? ", " : "", at[2] }' /proc/net/tcp)
# The first line makes the table when there is none, so that the second line can remove it.
nft -f - <<RULES || echo "nftables refuses the rule: other users of this machine reach the engine." >&2
table inet ${FIREWALL_TABLE}
delete table inet ${FIREWALL_TABLE}
table inet ${FIREWALL_TABLE} {
  chain output {
    type filter hook output priority 0; policy accept;
    ip daddr 127.0.0.1 tcp dport { $ports } meta skuid != { 0, $uid } reject with tcp reset
  }
}
RULES
`;
}
