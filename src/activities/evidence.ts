import type { Evidence } from '../failures';
import type { ProbeAnswer } from '../host/protocol';
import { inWords } from './readiness';
import type { CallHost } from './step';

/**
 * What is known about one start of a release (null: of what serves), with secrets removed on the host: the unit's state, the journal
 * of exactly that start, the last readiness answer. Read-only.
 */
export async function takeEvidence(
  call: CallHost,
  release: string | null,
  invocation: string | null,
  lastAnswer: ProbeAnswer | null,
): Promise<Evidence> {
  const texts: Record<string, string> = lastAnswer === null ? {} : { lastAnswer: answerText(lastAnswer) };
  const seen = await call('evidence', { release, invocation, texts });
  return {
    journal: seen.journal,
    unit: { ...seen.unit },
    ...(seen.texts.lastAnswer === undefined ? {} : { lastAnswer: seen.texts.lastAnswer }),
  };
}

/** An app may answer with what no request to the helper can carry: that must not cost the evidence. */
function answerText(answer: ProbeAnswer): string {
  return `${inWords(answer)}\n${answer.body}`.trim().replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
