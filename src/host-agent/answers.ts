/** What each verb of `landfall-host` may answer. A host is believed nothing that does not fit. */
import { z } from 'zod';
import {
  fields,
  flag,
  invocation,
  oneOf,
  path,
  prose,
  release,
  unitName,
  upTo,
  whole,
  word,
} from './answer-forms';
import {
  claimRecord,
  helperBuild,
  hostFacts,
  installedUnit,
  jobState,
  probeAnswer,
  unitState,
} from './facts';

/** One sentence or name for people each, or a path. */
const sentences = upTo(100, prose(1_000));
/** The texts that were sent along, redacted. */
const texts = z.record(word('a name', /^[A-Za-z]{1,100}$/), prose(1 << 18), { error: 'an object' });
const stopped = fields({ stopped: flag });

export const results = {
  version: helperBuild,
  inspect: hostFacts,
  observe: unitState,
  claim: fields({ fence: whole(1, 2 ** 40), tookOver: claimRecord.nullable(), stoppedJobs: sentences }),
  repair: fields({ mended: sentences }),
  stage: fields({ release: release.nullable(), reused: flag }),
  discard: fields({ removed: flag }),
  venv: fields({
    name: word('the name of an environment', /^[0-9a-f]{1,64}$/),
    path,
    complete: flag,
    unpinned: upTo(100, prose(500)),
  }),
  job: jobState,
  'job-wait': jobState,
  'job-stop': stopped,
  'install-unit': installedUnit,
  'restore-unit': fields({ restored: flag }),
  restart: fields({ did: oneOf('restarted', 'already'), before: invocation }),
  stop: stopped,
  'install-instance': installedUnit,
  start: fields({
    unit: unitState,
    state: oneOf('up', 'starting', 'failed'),
    note: prose(1_000).nullable(),
  }),
  switch: fields({ stopping: upTo(100, unitName) }),
  'make-room': fields({ stopped: flag, ended: whole(0).optional() }),
  'remove-instance': stopped,
  probe: probeAnswer,
  evidence: fields({ unit: unitState, journal: upTo(200, prose(1_000)), texts }),
  'mark-good': fields({ pruned: sentences }),
  finish: fields({ closed: flag }),
};

export const setupResult = fields({
  actions: upTo(
    200,
    fields({
      /** What it is, for people: `create system user, no login, shop`. */
      what: prose(1_000),
      /** Whether the host is so now; false only in a plan. */
      done: flag,
      /** Whether this very call did it. */
      changed: flag,
    }),
  ),
  changed: flag,
  /** What root should know of what is there, one sentence each. */
  warnings: sentences,
});

/** Why the helper refused or failed. `Busy`: another request held the lock for too long; nothing was done. */
export const helperError = fields({
  type: oneOf('InvalidInput', 'SetupNeeded', 'Fenced', 'CommandFailed', 'NoSpace', 'Busy')
    // A kind that this version does not know is still a refusal.
    .catch('CommandFailed'),
  message: prose(2_000),
  /** Output of the command that failed, redacted, at most 16 KiB. */
  output: prose(20_000).optional(),
});

/** Asked of every answer first: another protocol has another shape. */
export const speaker = fields({ protocol: whole(0, 1_000_000) });

/** Around every answer. */
export const envelope = z.discriminatedUnion(
  'ok',
  [
    fields({ ok: z.literal(true), result: z.unknown() }),
    fields({ ok: z.literal(false), error: helperError }),
  ],
  { error: 'true or false' },
);

/** The greatest of them, facts with ten kept releases, escaped and with whatever a login prints before. */
export const LONGEST_ANSWER_BYTES = 2 << 20;
