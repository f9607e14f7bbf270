import type { CiLog, Stream } from './ci-log';

/** Removes the marker of a section from the shown line. */
const HIDDEN = '\r\u001b[0K';

/** Sections of GitLab's job log. GitLab takes no other command from a log, so no annotation either. */
export class GitLabLog implements CiLog {
  private open: string | null = null;
  private count = 0;

  constructor(private readonly now: () => number = Date.now) {}

  lines(stream: Stream): Stream {
    return stream;
  }

  group(stream: Stream, title: string): void {
    this.endGroup(stream);
    this.count += 1;
    this.open = `landfall_${this.count}`;
    stream.write(`\u001b[0Ksection_start:${this.seconds()}:${this.open}${HIDDEN}${title}\n`);
  }

  endGroup(stream: Stream): void {
    if (this.open !== null) stream.write(`\u001b[0Ksection_end:${this.seconds()}:${this.open}${HIDDEN}\n`);
    this.open = null;
  }

  annotate(): void {
    // The report in the log says the same.
  }

  private seconds(): number {
    return Math.floor(this.now() / 1_000);
  }
}
