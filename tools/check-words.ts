import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { passagesOfFile, readableFiles } from './words/files';
import { findingsIn } from './words/rules';
import { newestCommits, subjectFault } from './words/subjects';

/** Every text in these places is plain. */
const ROOMS = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'bench',
  'demo',
  'docs',
  'examples',
  'host',
  'src',
  'test',
  'tools',
];

/** Tests of this check: their texts are examples of bad ones. */
const EXAMPLES = 'test/unit/tools/';

/** Checks the words of the rooms (or of the given paths), and the subjects of the newest commits. */
function checkWords(paths: string[]): number {
  const root = join(__dirname, '..', '..');
  const rooms = paths.length > 0 ? paths : ROOMS;
  let faults = 0;
  for (const room of rooms.filter((room) => !existsSync(join(root, room)))) {
    console.error(`${room} does not exist. Correct ROOMS in tools/check-words.ts, or the path.`);
    faults += 1;
  }
  const files = rooms
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) => readableFiles(root, room));
  for (const file of new Set(files.filter((name) => !name.startsWith(EXAMPLES)))) {
    for (const { line, found, instead } of passagesOfFile(root, file).flatMap(findingsIn)) {
      console.error(`${file}:${line}: ${found}; write instead: ${instead}`);
      faults += 1;
    }
  }
  const history = newestCommits(root);
  if (history === null) console.log('No Git history here: subjects of commits are not checked.');
  if (history?.shallow) console.log('A shallow clone: only the subject of HEAD is checked.');
  for (const { hash, subject } of history?.commits ?? []) {
    const fault = subjectFault(subject);
    if (fault === null) continue;
    console.error(`commit ${hash}: "${subject}"; ${fault}`);
    faults += 1;
  }
  if (faults > 0)
    console.error(
      `${faults} texts to rewrite. Terms: docs/glossary.md. How to write: CONTRIBUTING.md, Words.`,
    );
  return faults;
}

process.exitCode = checkWords(process.argv.slice(2)) > 0 ? 1 : 0;
