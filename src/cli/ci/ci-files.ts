import { appendFileSync } from 'node:fs';
import { output } from '../../output/output';
import { printable } from '../../text/safe-text';
import type { PlanJson } from '../output/plan-json';
import { planMarkdown } from './plan-markdown';
import { runMarkdown } from './run-markdown';
import { outputLines, type RunReport } from './run-report';

/**
 * Hands the report of a run to GitHub Actions: the job's summary and the step's outputs. Elsewhere, and behind a
 * connection, the environment names no such files. A file that cannot be written never changes the exit code.
 */
export function writeCiFiles(report: RunReport, env: NodeJS.ProcessEnv): void {
  append(env.GITHUB_STEP_SUMMARY, () => runMarkdown(report));
  append(env.GITHUB_OUTPUT, () => outputLines(report));
}

/** Hands a plan to the job's summary, likewise. */
export function writePlanSummary(plan: PlanJson, env: NodeJS.ProcessEnv): void {
  append(env.GITHUB_STEP_SUMMARY, () => planMarkdown(plan));
}

export function append(file: string | undefined, lines: () => string[]): void {
  if (file === undefined || file === '') return;
  try {
    appendFileSync(
      file,
      lines()
        .map((line) => `${printable(line)}\n`)
        .join(''),
    );
  } catch (error) {
    output.complain(`  ! ${file} could not be written: ${String(error)}`);
  }
}
