/** Where a person reads along. */
export interface Screen {
  say(line: string): void;
  /** Replaces the line that shows what goes on right now; on a plain log it is said rarely. */
  progress(line: string): void;
}

/** A plain log (CI) is told again this often that something still goes on. */
const PLAIN_INTERVAL_MS = 10_000;

/** Standard output: on a terminal the progress line is rewritten in place, in a log it is said now and then. */
export function standardScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  const clear = stream.isTTY ? '\r\u001b[2K' : '';
  let lastProgress = Date.now();
  return {
    say(line) {
      lastProgress = Date.now();
      stream.write(`${clear}${line}\n`);
    },
    progress(line) {
      if (stream.isTTY) {
        stream.write(`${clear}${line.slice(0, (stream.columns ?? 100) - 1)}`);
        return;
      }
      if (Date.now() - lastProgress < PLAIN_INTERVAL_MS) return;
      lastProgress = Date.now();
      stream.write(`${line}\n`);
    },
  };
}
