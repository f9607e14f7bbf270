/** Checks that the rooms of `src/` form layers. Biome looks for circles of files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';
import { importsAgainstLayers } from './layers/layers';

const files = readdirSync(join(packageRoot(), 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file}`);
const faults = files.flatMap((file) =>
  importsAgainstLayers(file, readFileSync(join(packageRoot(), file), 'utf8')).map(
    ({ line, found }) => `${file}:${line}: ${found}`,
  ),
);
for (const fault of faults.sort()) console.error(fault);
if (faults.length > 0)
  console.error(
    `${faults.length} imports against the layers. Move what both rooms need to the lower one, or pass it as an argument. The layers: tools/layers/layers.ts.`,
  );
process.exitCode = faults.length > 0 ? 1 : 0;
