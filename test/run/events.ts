/** A reporter of `node --test`: one line of JSON for each test and suite that has ended. */
import type { TestEvent } from 'node:test/reporters';

/** One test or suite, as it ended. */
export interface Ended {
  name: string;
  nesting: number;
  file: string | undefined;
  milliseconds: number;
  suite: boolean;
  how: 'passed' | 'failed' | 'skipped';
}

async function* events(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { name, nesting, file, details, skip, todo } = data;
    const left = (skip ?? false) !== false || (todo ?? false) !== false;
    const ended: Ended = {
      name,
      nesting,
      file,
      milliseconds: details.duration_ms,
      suite: details.type === 'suite',
      how: type === 'test:fail' ? 'failed' : left ? 'skipped' : 'passed',
    };
    yield `${JSON.stringify(ended)}\n`;
  }
}

export = events;
