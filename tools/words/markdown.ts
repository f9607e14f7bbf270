import { CODE, type Passage } from './passage';

/** The passages of a Markdown document: paragraphs, list items, headings and cells; blocks of code are left out. */
export function passagesOfMarkdown(document: string): Passage[] {
  const passages: Passage[] = [];
  let open: Passage | null = null;
  let fenced = false;
  for (const [index, raw] of document.split('\n').entries()) {
    const line = index + 1;
    if (/^\s*(```|~~~)/.test(raw)) {
      fenced = !fenced;
      open = null;
      continue;
    }
    if (fenced) continue;
    if (raw.trimStart().startsWith('|')) {
      open = null;
      passages.push(...cellsOf(raw).map((text): Passage => ({ text, line, kind: 'prose' })));
      continue;
    }
    const starts = /^\s*([-*]|\d+\.|#+|>)\s+/;
    if (raw.trim() === '') {
      open = null;
    } else if (open === null || starts.test(raw)) {
      open = { text: raw.replace(starts, ''), line, kind: raw.startsWith('#') ? 'title' : 'prose' };
      passages.push(open);
      if (raw.startsWith('#')) open = null;
    } else {
      open.text += `\n${raw}`;
    }
  }
  return passages.map((passage) => ({ ...passage, text: withoutMarks(passage.text) }));
}

function cellsOf(row: string): string[] {
  if (/^[\s|:-]+$/.test(row)) return [];
  const cells = row.replaceAll(/`[^`]*`/g, CODE).split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
}

function withoutMarks(text: string): string {
  return text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/``[^`]+``|`[^`]*`/g, CODE)
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*|__/g, '')
    .replaceAll(/(?<=^|\W)[*_](?=\S)|(?<=\S)[*_](?=\W|$)/g, '');
}
