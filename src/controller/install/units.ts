/** The units of a controller. Pure. */
import { SEARCH_ATTRIBUTES } from '../../deployment/search-attributes';
import { CURRENT, ENGINE, ENV_FILE, HOME, KEY_FILE, KNOWN_HOSTS, STATE, USER } from './layout';

/** The rights of both services: read the system, write their state, and use the network. */
const SANDBOX = `NoNewPrivileges=yes
CapabilityBoundingSet=
UMask=0077
ProtectSystem=strict
ReadWritePaths=${STATE}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM`;

/** Both start again by themselves, however often they end: no person watches a controller. */
const ALWAYS = `Restart=always
RestartSec=2s`;

/**
 * The engine: Temporal's development server on loopback, with its state in one SQLite file.
 * `libexec/engine-ready` runs as root, and the unit counts as started when the engine serves.
 */
export function engineUnit(): string {
  const attributes = SEARCH_ATTRIBUTES.map(({ name }) => `--search-attribute ${name}=Keyword`).join(' ');
  // The HTTP API cannot be left out, and takes requests from web pages. This is the only name that it answers to.
  const closed = `--dynamic-config-value 'frontend.httpAllowedHosts=["none.invalid"]' --dynamic-config-value system.enableNexus=false`;
  return `[Unit]
Description=Landfall: Temporal engine on loopback
After=network.target
StartLimitIntervalSec=0

[Service]
Type=exec
User=${USER}
EnvironmentFile=${ENV_FILE}
Environment=HOME=${STATE}
WorkingDirectory=${STATE}
ExecStart=${CURRENT}/temporal server start-dev --ip 127.0.0.1 --port \${LANDFALL_ENGINE_PORT} --headless --db-filename ${STATE}/temporal.db --namespace default ${attributes} ${closed} --log-level error --output none --disable-config-file --disable-config-env
ExecStartPost=+${CURRENT}/libexec/engine-ready
TimeoutStartSec=90s
TimeoutStopSec=30s
${ALWAYS}
${SANDBOX}
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6
IPAddressDeny=any
IPAddressAllow=localhost

[Install]
WantedBy=multi-user.target
`;
}

/** The worker. It counts as started when it takes work, which it says itself. */
export function workerUnit(): string {
  return `[Unit]
Description=Landfall: worker
After=network-online.target ${ENGINE}
Wants=network-online.target ${ENGINE}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
User=${USER}
EnvironmentFile=${ENV_FILE}
Environment=HOME=${HOME} LANDFALL_SSH_KEY=${KEY_FILE} LANDFALL_KNOWN_HOSTS=${KNOWN_HOSTS}
WorkingDirectory=${STATE}
ExecStart=${CURRENT}/bin/landfall worker
TimeoutStartSec=90s
TimeoutStopSec=30s
${ALWAYS}
${SANDBOX}
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK

[Install]
WantedBy=multi-user.target
`;
}
