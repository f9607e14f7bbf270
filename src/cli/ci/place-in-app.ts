import type { HostEvidence } from '../output/evidence';

/** A line of a Python traceback in the code of a release, and not in what is installed for it. */
const FRAME =
  /File "[^"\n]{0,500}\/releases\/[^"/\n]{1,100}\/((?:[\w-][\w.-]*\/){0,20}[\w-][\w.-]*\.py)", line (\d{1,7})\b/g;
const INSTALLED = /(^|\/)(\.?venv|site-packages|node_modules)\//;

/**
 * The last place of the app's own code in the evidence: where Python says that a release failed. The app may have
 * written anything there, so this is a file's name in its plainest form, and a number.
 */
export function placeInApp(evidence: HostEvidence[]): { file: string; line: number } | null {
  const texts = evidence.flatMap(({ evidence: { output, journal } }) => [
    ...(Array.isArray(journal) ? [journal.join('\n')] : []),
    ...(typeof output === 'string' ? [output] : []),
  ]);
  const places = texts
    .flatMap((text) => [...text.matchAll(FRAME)])
    .map(([, file = '', line]) => ({ file, line: Number(line) }))
    .filter(({ file }) => !INSTALLED.test(file) && !file.includes('..'));
  return places.at(-1) ?? null;
}
