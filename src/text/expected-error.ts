/** An expected error: people see its lines, without a stack. A quoted text never adds a line. */
export class ExpectedError extends Error {
  readonly lines: string[];

  constructor(said: string | string[], options?: ErrorOptions) {
    const lines = typeof said === 'string' ? [said] : said;
    super(lines.join('\n'), options);
    this.lines = lines;
  }
}
