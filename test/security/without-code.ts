/** The Markdown without its code, as CommonMark finds code: fences first, then spans in each paragraph. */
export function withoutCode(markdown: string): string {
  const outside = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1\n/gm, '');
  return outside
    .split('\n')
    .map((line) => line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ''))
    .join('\n');
}
