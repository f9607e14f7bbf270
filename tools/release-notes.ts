/** Prints the section of CHANGELOG.md for a tag: `node build/tools/release-notes.js v1.2.0`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text below the heading of a version. Pure.
 * @throws Error when the tag is not the version of package.json, or the version has no dated section with a text
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new Error(
      `The tag is ${tag}, but package.json has ${version}. Tag v${version}, or change package.json.`,
    );
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  const [heading = '', ...lines] = section?.split('\n') ?? [];
  // References of links follow the last section.
  const notes = lines
    .filter((line) => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim();
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading) || notes === '')
    throw new Error(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD" with a text. Write it.`);
  return notes;
}

if (require.main === module) {
  const root = join(__dirname, '..', '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  console.log(releaseNotes(process.argv[2] ?? 'none', version, changelog));
}
