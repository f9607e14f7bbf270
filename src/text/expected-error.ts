/** An error that was foreseen: people are told its lines, without a stack. Each line stays one, whatever it quotes. */
export class ExpectedError extends Error {
  readonly lines: string[];

  constructor(said: string | string[], options?: ErrorOptions) {
    const lines = typeof said === 'string' ? [said] : said;
    super(lines.join('\n'), options);
    this.lines = lines;
  }
}
