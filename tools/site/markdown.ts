import MarkdownIt from 'markdown-it';

/** A link or a picture of a document, as it is written. */
export interface Link {
  target: string;
  line: number;
}

/** A block of code. */
export interface Fence extends Code {
  language: string;
}

/** Code in a sentence. */
export interface Code {
  text: string;
  line: number;
}

/** A document that has been read. */
export interface Document {
  title: string;
  /** The ids of its headings, as GitHub makes them. */
  anchors: ReadonlySet<string>;
  links: readonly Link[];
  fences: readonly Fence[];
  codes: readonly Code[];
  /** The document as HTML. @param address gives the address of a link or a picture on the site */
  html(address: (target: string) => string): string;
}

type Token = MarkdownIt.Token;

/**
 * Reads Markdown as GitHub shows it. Pure.
 * @throws Error when the text has HTML other than a comment or a line break: GitHub would hide `<host>`, too
 */
export function readMarkdown(text: string): Document {
  const markdown = new MarkdownIt({ html: true });
  markdown.renderer.rules.table_open = () => '<div class="table"><table>\n';
  markdown.renderer.rules.table_close = () => '</table></div>\n';
  const tokens = markdown.parse(text, {});
  refuseHtml(tokens);
  const links = linksOf(tokens);
  return {
    title: titleOf(tokens),
    anchors: new Set(nameHeadings(tokens)),
    links: links.map(({ target, line }) => ({ target, line })),
    fences: tokens
      .filter(({ type }) => type === 'fence')
      .map((token) => ({ language: token.info.trim(), text: token.content, line: lineOf(token) })),
    codes: tokens.flatMap((parent) =>
      (parent.children ?? [])
        .filter(({ type }) => type === 'code_inline')
        .map(({ content }) => ({ text: content, line: lineOf(parent) })),
    ),
    html(address) {
      for (const { token, attribute, target } of links) token.attrSet(attribute, address(target));
      return markdown.renderer.render(tokens, markdown.options, {});
    },
  };
}

/** The id of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

function refuseHtml(tokens: readonly Token[]): void {
  for (const { type, content, map } of tokens.flatMap((token) => [token, ...within(token)])) {
    if (type !== 'html_block' && type !== 'html_inline') continue;
    if (/^(<!--[\s\S]*-->|<br>)\s*$/.test(content)) continue;
    throw new Error(
      `line ${(map?.[0] ?? 0) + 1}: ${content.trim()} is HTML. Write it as code, or with &lt;.`,
    );
  }
}

function within({ children, map }: Token): Token[] {
  return (children ?? []).map((child) => Object.assign(child, { map }));
}

function linksOf(tokens: readonly Token[]): (Link & { token: Token; attribute: string })[] {
  return tokens.flatMap((parent) =>
    (parent.children ?? []).flatMap((token) => {
      const attribute = token.type === 'image' ? 'src' : 'href';
      const target = ['link_open', 'image'].includes(token.type) ? token.attrGet(attribute) : null;
      return target === null
        ? []
        : [{ token, attribute, target: decodeURI(String(target)), line: lineOf(parent) }];
    }),
  );
}

/** Gives each heading its id. The second of one name ends with `-1`. */
function nameHeadings(tokens: readonly Token[]): string[] {
  const given = new Map<string, number>();
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return [];
    const anchor = anchorOf(textOf(tokens[index + 1]));
    const before = given.get(anchor) ?? 0;
    given.set(anchor, before + 1);
    const id = before === 0 ? anchor : `${anchor}-${before}`;
    token.attrSet('id', id);
    return [id];
  });
}

function titleOf(tokens: readonly Token[]): string {
  const first = tokens.findIndex(({ type, tag }) => type === 'heading_open' && tag === 'h1');
  if (first === -1) throw new Error('The document has no title: begin it with a line "# Title".');
  return textOf(tokens[first + 1]);
}

function textOf(token: Token | undefined): string {
  return (token?.children ?? []).map(({ content }) => content).join('');
}

function lineOf({ map }: Token): number {
  return (map?.[0] ?? 0) + 1;
}
