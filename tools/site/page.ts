import { posix } from 'node:path';
import { CONTENTS } from './contents';

/** Where a file of the repository lies on the site. */
export function addressOf(path: string): string {
  const short = path.startsWith('docs/') ? path.slice('docs/'.length) : path;
  if (path.endsWith('.md')) return short.replace(/\.md$/, '.html');
  return path.startsWith('docs/') ? short : posix.join('files', `${path}.html`);
}

/** The way from one address to another. */
export function relativeAddress(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to);
}

/** A page of the site. @param address where the page lies @param content its HTML */
export function pageOf(address: string, title: string, content: string): string {
  const link = (to: string): string => relativeAddress(address, to);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapedHtml(title === 'Landfall' ? title : `${title} · Landfall`)}</title>
<link rel="stylesheet" href="${link('site.css')}">
</head>
<body>
<a class="contents" href="#contents">All pages</a>
<nav id="contents">
<a class="home" href="${link('index.html')}">Landfall</a>
${CONTENTS.map((section) => sectionOf(section.title, section.pages, address)).join('\n')}
</nav>
<main>
${content}</main>
</body>
</html>
`;
}

function sectionOf(title: string, pages: readonly (readonly [string, string])[], address: string): string {
  const items = pages.map(([path, name]) => {
    const to = addressOf(path);
    const here = to === address ? ' aria-current="page"' : '';
    return `<li><a href="${relativeAddress(address, to)}"${here}>${escapedHtml(name)}</a></li>`;
  });
  return `<h2>${title}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

export function escapedHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
