/** The picture of a rollback in README.md, from the recorded output of the demo: `npm run picture`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployThatEndedWith } from './excerpt';
import { pictureOfTerminal } from './picture';

const TITLE =
  'A real rollback: the new release goes bad in its soak, and the release from before is live again';
/** The exit code of a deploy that was rolled back. */
const ROLLED_BACK = 3;

/** The picture, and the file that it belongs in. */
export function rollbackPicture(root: string): { file: string; picture: string } {
  const recording = readFileSync(join(root, 'demo', 'recording.txt'), 'utf8');
  return {
    file: join(root, 'docs', 'rollback.svg'),
    picture: pictureOfTerminal(deployThatEndedWith(ROLLED_BACK, recording), TITLE),
  };
}

if (require.main === module) {
  const { file, picture } = rollbackPicture(join(__dirname, '..', '..', '..'));
  writeFileSync(file, picture);
  console.log(`Written: ${file}`);
}
