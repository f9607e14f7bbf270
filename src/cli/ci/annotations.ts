import { relative } from 'node:path';
import { ConfigError } from '../../config/config-error';
import type { DeployStatus } from '../../deployment/status';
import type { Annotation } from '../../output/ci-log';
import { adviceFor } from '../output/advice';
import type { HostEvidence } from '../output/evidence';
import { headlineOf } from '../output/headline';
import { placeInApp } from './place-in-app';

/** The annotation of a run that did not do what was asked; null: the run did. */
export function annotationOfRun(status: DeployStatus, evidence: HostEvidence[]): Annotation | null {
  if (status.outcome === 'deployed' || status.outcome === 'repaired') return null;
  const reason = status.trouble ?? status.reason;
  const message = [reason?.message ?? '', adviceFor(status)].filter((part) => part !== '').join(' ');
  return {
    level: 'error',
    title: headlineOf(status),
    message: message === '' ? headlineOf(status) : message,
    place: placeInApp(evidence),
  };
}

/**
 * The annotations of an error that ended a command: one for each mistake in a `landfall.yaml`, at its line.
 * @param lines the same error for the log
 */
export function annotationsOfError(error: unknown, lines: string[], env: NodeJS.ProcessEnv): Annotation[] {
  // GitHub takes names of files to this folder.
  const checkout = env.GITHUB_WORKSPACE ?? process.cwd();
  if (error instanceof ConfigError)
    return error.problems.map(({ file, line, key, message }) => ({
      level: 'error',
      title: 'Landfall',
      message: key === '' ? message : `${key}: ${message}`,
      place: placeIn(checkout, file, line),
    }));
  return [{ level: 'error', title: 'Landfall', message: lines.join(' '), place: null }];
}

/** null: no line of a file that GitHub could show. */
function placeIn(checkout: string, file: string, line: number | null): Annotation['place'] {
  const path = relative(checkout, file);
  return line === null || path.startsWith('..') ? null : { file: path, line };
}
