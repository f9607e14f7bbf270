import type { Policy } from '../controller/door/policy';
import type { Mirrors } from '../git/mirrors';
import type { AllowedUrls } from '../http/url-guard';
import type { HostConnections } from '../ssh/connections';

/** The services and sources that activities use; made once by the worker. */
export interface Dependencies {
  connections: HostConnections;
  mirrors: Mirrors;
  /** Which Temporal this is (cluster and namespace): tells our own unfinished claims from another engine's. */
  engine: string;
  /** The policy that this worker enforces. @throws InvalidInput when that cannot be read */
  policy: () => Policy;
  /** Whether runs may set search attributes. */
  searchable: () => boolean;
  /** URLs that may be asked although they lead to the controller itself or to its links. */
  allowedUrls: AllowedUrls;
  /** Signs what hosts keep for the controller, and never leaves it. */
  signingKey: Buffer;
  /** The source of `landfall-host`, for hosts where the deploying user may install it. */
  helperSource: Buffer;
  /** Source of the rehearsal that runs on a host as a job. */
  rehearsalSource: string;
  /** Source of `host/landfall_gate/judge.py`, which the rehearsal uses too. */
  judgeSource: string;
}
