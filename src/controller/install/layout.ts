/**
 * Where things lie on the machine of a controller. The machine may serve, too: nothing here collides with the
 * folders of landfall-host.
 */

/** The user of the engine and of the worker. */
export const USER = 'landfall';

/** Root's: the versions of Landfall, each with its own Node and Temporal. */
export const PROGRAMS = '/opt/landfall-controller';
export const VERSIONS = `${PROGRAMS}/versions`;
/** The version that runs, and the one before it. */
export const CURRENT = `${PROGRAMS}/current`;
export const PREVIOUS = `${PROGRAMS}/previous`;

/** Root's: settings, without a secret. */
export const SETTINGS = '/etc/landfall-controller';
export const ENV_FILE = `${SETTINGS}/env`;
export const POLICY_FILE = `${SETTINGS}/policy.yaml`;

/** The home of the user. It is root's, so that the worker cannot let anybody log in. */
export const HOME = '/var/lib/landfall-controller';
/** The user's: database of the engine, mirrors of the repositories, signing key. */
export const STATE = `${HOME}/state`;
/** The user's: the key for hosts and repositories. */
export const KEYS = `${HOME}/keys`;
export const KEY_FILE = `${KEYS}/id_ed25519`;
/** Root's: what may log in as the user, and which hosts the user trusts. */
export const SSH_FOLDER = `${HOME}/.ssh`;
export const KNOWN_HOSTS = `${SSH_FOLDER}/known_hosts`;

export const ENGINE = 'landfall-engine.service';
export const WORKER = 'landfall-worker.service';
export const UNITS = [ENGINE, WORKER];

/** In a version: the large programs with their SHA-256, so that an upgrade need not send the same ones again. */
export const PROGRAM_LIST = 'programs';

/** The command for people on that machine, a link into the version that runs. */
export const COMMAND = '/usr/local/bin/landfall';

/** The table of nftables that keeps the other users of the machine from the engine. */
export const FIREWALL_TABLE = 'landfall_controller';

/** The engine's port on loopback, unless the installation chooses another one. */
export const USUAL_PORT = 7233;
