/** A stream that a person, a CI or a program reads. */
export interface Stream {
  write(text: string): unknown;
}

export interface Annotation {
  level: 'error' | 'warning';
  title: string;
  message: string;
  /** A file of the repository; null: the annotation is about the whole run. */
  place: { file: string; line: number | null } | null;
}

/**
 * The log of a CI system, which takes some printed lines for commands. Only these methods may give it one. Each gets
 * texts that are safe as lines already.
 */
export interface CiLog {
  /** @returns the stream for ordinary lines, in which the system finds no command from now on */
  lines(stream: Stream): Stream;
  /** Begins a part that a reader can fold. The part before ends. */
  group(stream: Stream, title: string): void;
  endGroup(stream: Stream): void;
  /** Shows a text outside of the log, if the system can. */
  annotate(stream: Stream, annotation: Annotation): void;
}
