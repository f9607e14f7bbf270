/** The documentation as a static site without scripts: `npm run site` writes build/site. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONTENTS } from './contents';
import { Repository, resolveLink } from './links';
import { addressOf, escapedHtml, pageOf, relativeAddress } from './page';

/**
 * Writes the site: the pages of the contents, and every file of the repository to which a page leads.
 * @param target a folder, which is replaced
 * @returns the addresses of the site, sorted
 * @throws Error that names every dead link
 */
export function buildSite(root: string, target: string): string[] {
  const repository = new Repository(root);
  rmSync(target, { recursive: true, force: true });
  const waiting = CONTENTS.flatMap(({ pages }) => pages.map(([path]) => path));
  const written = new Set<string>();
  const dead: string[] = [];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (written.has(path)) continue;
    written.add(path);
    dead.push(...writeFile(repository, path, target, (next) => waiting.push(next)));
  }
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n${dead.join('\n')}`);
  copyFileSync(join(root, 'tools', 'site', 'site.css'), join(target, 'site.css'));
  return [...[...written].map(addressOf), 'site.css'].sort();
}

/** Writes one file. @returns its dead links */
function writeFile(
  repository: Repository,
  path: string,
  target: string,
  follow: (path: string) => void,
): string[] {
  const address = addressOf(path);
  const file = join(target, address);
  mkdirSync(dirname(file), { recursive: true });
  if (!address.endsWith('.html')) {
    copyFileSync(join(repository.root, path), file);
    return [];
  }
  if (!path.endsWith('.md')) {
    const text = readFileSync(join(repository.root, path), 'utf8');
    const content = `<h1>${escapedHtml(path)}</h1>\n<pre><code>${escapedHtml(text)}</code></pre>\n`;
    writeFileSync(file, pageOf(address, path, content));
    return [];
  }
  const dead = repository.deadLinks(path);
  if (dead.length > 0) return dead;
  const document = repository.document(path);
  const content = document.html((link) => {
    const place = resolveLink(path, link);
    if (place === null) return link;
    const linked = repository.fileAt(place.path);
    if (linked !== path) follow(linked);
    const anchor = place.anchor === null ? '' : `#${place.anchor}`;
    return linked === path && anchor !== ''
      ? anchor
      : `${relativeAddress(address, addressOf(linked))}${anchor}`;
  });
  writeFileSync(file, pageOf(address, document.title, content));
  return [];
}

if (require.main === module) {
  const root = join(__dirname, '..', '..', '..');
  const target = join(root, 'build', 'site');
  console.log(`Written: ${buildSite(root, target).length} files in ${target}`);
}
