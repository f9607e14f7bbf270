/**
 * The start input of a workflow: complete, plain JSON, without secrets. Made from `landfall.yaml` and the
 * command line, and checked again on the worker, whoever sent it. Workflows import types alone: zod stays
 * out of their bundle.
 */
import { z } from 'zod';
import { batch, type host, hosts } from './file';
import { flag, type ValueOf } from './form';
import { problemOfSoak } from './history-limit';
import { parseRef } from './ref';
import { type ServiceSettings, settingsForm } from './settings';
import { problemOfLength } from './settings-length';
import { environmentName, insideRelease, line, repository, serviceName } from './values';

/** One machine, as the worker reaches it. */
export type HostTarget = ValueOf<typeof host>;
export type { ServiceSettings } from './settings';
/** When a release counts as able to serve. */
export type ReadinessSettings = ServiceSettings['readiness'];
/** The time in which a release that serves is watched before it counts as good. */
export type SoakSettings = NonNullable<ServiceSettings['soak']>;
/** The limits of a long command on a host. `memory: null`: the host decides, by its available memory. */
export type JobLimits = NonNullable<ServiceSettings['preImport']>;

const onHosts = z.object({
  service: serviceName.value(),
  environment: environmentName.value(),
  hosts: hosts.value().refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: 'hosts with a name of their own each',
  }),
  settings: settingsForm.value(),
  /** Who asked, for people to read. */
  by: line.value(),
  /** Take the hosts over from another engine's unfinished deploy. */
  takeOver: flag.value(),
});

/** Input of the doctor and repair workflows. */
export type DoctorInput = z.output<typeof onHosts>;
export const doctorSchema = onHosts.superRefine(haveLength);

const deploy = onHosts.extend({
  /**
   * A full commit SHA, or a ref that the first step resolves. Or the good release before the live one; that one was
   * watched when it was new, and soaks again only with `soak`. Or the live release once more, with the newest
   * environment.
   */
  source: z.union([
    z.object({
      ref: z.string().refine((ref) => parseRef(ref).kind !== 'refused', { error: 'a commit, branch or tag' }),
    }),
    z.object({ previous: z.literal(true), soak: flag.value().optional() }),
    z.object({ restart: z.literal(true) }),
  ]),
  /** Git URL or path, as the controller reaches it. */
  repository: repository.value(),
  /** Folder of the service inside the repository; null: its root. */
  path: insideRelease.value().nullable(),
  /** How many hosts are released at a time. */
  batch: batch.value(),
  /** The CI run that asked; a re-run of it gets the old outcome. */
  ciRun: line.value().nullable(),
  /** Deploy although the live release is not ready now. */
  fixForward: flag.value(),
  /** Stop the old release on each host before anything of the new one runs as the service's user. */
  stopFirst: flag.value().optional(),
});

export type DeployInput = z.output<typeof deploy>;
export const deploySchema = deploy.superRefine(haveLength);

function haveLength({ settings, hosts }: DoctorInput, context: z.RefinementCtx): void {
  const { layout, checkout, strategy } = settings;
  if (layout === 'in-place' && (checkout === null || strategy !== 'restart'))
    context.addIssue({
      code: 'custom',
      message: 'in-place needs a checkout, and strategy restart',
      path: ['settings', 'layout'],
    });
  const message = problemOfLength(settings, hosts.length);
  if (message !== null) context.addIssue({ code: 'custom', message, path: ['settings'] });
  const tooLong = problemOfSoak(settings, hosts.length);
  if (tooLong !== null)
    context.addIssue({ code: 'custom', message: tooLong, path: ['settings', 'soak', 'time'] });
}
