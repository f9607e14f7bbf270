/** What a host tells of itself and its services: the shapes that answers are made of. Their types are in `protocol.ts`. */
import { z } from 'zod';
import {
  commit,
  fields,
  flag,
  invocation,
  oneOf,
  path,
  prose,
  release,
  sendable,
  systemdWord,
  time,
  unitName,
  upTo,
  whole,
  word,
} from './answer-forms';
import { LONGEST_PAYLOAD } from './kept';

const counts = { ready: whole(0), unproven: whole(0), ms: whole(0) };

/**
 * How the gate of a release went, as the gate says it: so many workers are `ready` after `ms` milliseconds, of
 * which `unproven` never had a good answer; or why it has refused the release; or why there is none (\`none\`).
 * Any process of the release can say so too.
 */
export const gateResult = z.union([
  fields({ ...counts, note: prose(700).nullable() }),
  fields({ refused: prose(700) }),
  fields({ none: prose(700) }),
]);

/** One systemd unit, and the processes in it, at one moment. What systemd did not tell is null or `unknown`. */
export const unitState = fields({
  unit: unitName,
  /** systemd's LoadState: `loaded`, `not-found`, `bad-setting` … */
  load: systemdWord,
  /** ActiveState: `active`, `activating`, `inactive`, `failed`, `deactivating` … */
  active: systemdWord,
  sub: systemdWord,
  /** Result of the last start: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` … */
  result: systemdWord,
  /** Exit status (or signal number) of the last main process; 0 while one runs. */
  exitStatus: whole(0).nullable(),
  /** 0: none runs. */
  mainPid: whole(0).nullable(),
  /** systemd's id of this start; empty while nothing runs. */
  invocation,
  /** How often systemd restarted it by itself. */
  restarts: whole(0).nullable(),
  /**
   * Which release the main process was started from, by what root wrote and systemd read, never by what the
   * process says; null: not one of ours.
   */
  release: release.nullable(),
  /** Direct children of the main process: Gunicorn's workers. At most 1000. */
  workers: upTo(1000, whole(0)),
  memoryBytes: whole(0).nullable(),
  /** What any of its processes last told systemd (`STATUS=`), redacted; empty where that is the gate's result. */
  status: prose(200),
  /** null: it has no gate, or the gate has said nothing yet. */
  gate: gateResult.nullable(),
  /**
   * Who accepts connections on the address asked about: this unit alone, it and another unit of the
   * service (`shared`), somebody else, nobody; `unknown` where there are too many processes or open files
   * to look at; null when none was asked.
   */
  listener: oneOf('unit', 'shared', 'other', 'nobody', 'unknown').nullable(),
});

export const claimRecord = fields({
  fence: whole(1, 2 ** 40),
  run: prose(200),
  engine: prose(300),
  commit,
  by: prose(300),
  since: time,
  state: oneOf('open', 'closed'),
  outcome: prose(300).nullable(),
});

/** One release directory, as recorded by the helper. `good` is when it passed a whole deploy (ISO 8601). */
export const releaseRecord = fields({
  id: release,
  commit,
  /** Digest of what was asked to be in it: tree, `path:` and shared links. */
  content: prose(200),
  created: time,
  good: time.nullable(),
  /** The release that was last good when this one became it; null: none, or it is not good. */
  before: release.nullable(),
  /** Name of the virtual environment that its `.venv` points to. */
  venv: prose(200).nullable(),
});

const policy = fields({
  service: prose(31),
  user: prose(31),
  deployUser: prose(31),
  base: path,
  envFiles: upTo(20, path),
  unit: unitName,
  addresses: upTo(100, prose(200)).optional(),
});

/** Drop-ins of the service's units that run something with more rights than the service, one sentence each. */
const warnings = upTo(20, prose(1_000));

export const installedUnit = fields({
  changed: flag,
  /** What changes in the text, values of settings masked. */
  diff: prose(60_000),
  warnings,
});

const kept = fields({
  payload: word('a text that can be sent on', new RegExp(`^\\P{Surrogate}{0,${LONGEST_PAYLOAD}}$`, 'su')),
  signature: word('a signature', /^[0-9a-f]{64}$/),
});

export const helperBuild = fields({
  version: prose(50),
  sha256: word('a SHA-256', /^[0-9a-f]{64}$/),
});

/** Of this many releases the host tells; it keeps at most a thousand. */
const MOST_RELEASES = 1100;
/** What may be gone back to: live, last good, and what was good before each. */
const MOST_KEPT = 10;

export const hostFacts = fields({
  helper: helperBuild,
  hostname: prose(255),
  bootId: prose(64),
  /** Its version. */
  systemd: whole(0, 100_000).nullable(),
  /** The interpreter asked about; `id` names version, implementation and platform. null: not there. */
  python: fields({ path, version: prose(100), id: prose(200) }).nullable(),
  uv: path.nullable(),
  diskFreeBytes: whole(0),
  memoryAvailableBytes: whole(0),
  /** What the live processes have for themselves (proportional set size without files); null: nothing runs, or too many do. */
  liveMemoryBytes: whole(0).nullable(),
  /** Which program holds the address that was asked about; null: nobody, or the service itself. */
  holder: prose(300).nullable(),
  /** Where systemd listens for the service: `127.0.0.1:8000` or a path; several with spaces between. */
  socket: fields({ active: flag, listens: prose(4_000) }),
  /** Whether somebody has put drop-ins beside the service's own unit. */
  dropIns: flag,
  warnings,
  policy,
  claim: claimRecord.nullable(),
  live: unitState,
  /** The release that a reboot would start (null: nothing, or a unit that is not ours), and whether as an instance. */
  boot: fields({ release: release.nullable(), enabled: flag, foreign: flag, instance: flag }),
  lastGood: release.nullable(),
  releases: z
    .array(releaseRecord, { error: 'a list' })
    .max(MOST_RELEASES, { error: `at most ${MOST_RELEASES}` }),
  /** By release, of those that may be gone back to: what the controller kept with them when they were good. */
  kept: z
    .record(release, kept, { error: 'an object' })
    .refine((all) => Object.keys(all).length <= MOST_KEPT, { error: `at most ${MOST_KEPT}` }),
  /** What `repair` would mend, one sentence each. */
  leftovers: upTo(100, prose(1_000)),
});

export const jobState = fields({
  /** The unit's name. */
  name: unitName,
  /** `lost`: it began, and its end is unknown, as after a reboot; `absent`: never started, or forgotten. */
  state: oneOf('running', 'ended', 'lost', 'absent'),
  /** systemd's word: `success`, `exit-code`, `signal`, `timeout`, `oom-kill` … ; null until it ended. */
  result: systemdWord.nullable(),
  exitStatus: whole(0).nullable(),
  elapsedMilliseconds: whole(0),
  /** The memory limit that it runs with. */
  memoryMaxBytes: whole(0).nullish(),
  /** The end of its standard output and error, redacted; at most 16 KiB. */
  output: prose(20_000),
});

/** Names of header fields are tokens; what is none is left out, because somebody else's server wrote it. */
const headers = z.record(z.string(), z.unknown(), { error: 'an object' }).transform((all) => {
  const plain = Object.entries(all).filter(
    (entry): entry is [string, string] => /^[a-z0-9-]{1,100}$/.test(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(
    plain.slice(0, 50).map(([name, value]) => [name, sendable(value.slice(0, 1_000))]),
  );
});

export const probeAnswer = fields({
  /** HTTP status; null when there was no answer. */
  status: whole(100, 999).nullable(),
  /** At most 2 KiB, redacted. */
  body: prose(2_200),
  /** Header fields, lower case, redacted. */
  headers,
  /** Why there was no answer, in words. */
  error: prose(500).nullable(),
  milliseconds: whole(0),
});
