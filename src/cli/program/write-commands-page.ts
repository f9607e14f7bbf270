/** Writes `docs/commands.md`: `npm run schema`. With `--check`, as in `npm run lint`, it only compares the file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { output } from '../../output/output';
import { commandsPage } from './commands-page';

const FILE = 'docs/commands.md';

if (process.argv[2] !== '--check') writeFileSync(FILE, commandsPage());
else if (readFileSync(FILE, 'utf8') !== commandsPage()) {
  output.complain(`${FILE} differs from the help of the commands. Run npm run schema, and commit the file.`);
  process.exitCode = 1;
}
