import type { ReadinessSettings } from '../../config/deploy-input';
import type { ProbeAnswer } from '../../contract/contract-types';
import type { Evidence } from '../../deployment/failures';
import type { CallHost } from '../step';
import { inWords } from './readiness';

/**
 * The evidence about one start of a release (null: of the live unit), with secrets removed on the host. It is the
 * unit's state, the journal of exactly that start, and the last readiness answer. The answer includes the header
 * that has to name the release, if `readiness` names one. With `process`, the journal is that of this process of the
 * release. Read-only.
 */
export async function takeEvidence(
  call: CallHost,
  release: string | null,
  invocation: string | null,
  lastAnswer: ProbeAnswer | null,
  readiness?: ReadinessSettings,
  process?: string,
): Promise<Evidence> {
  const texts: Record<string, string> =
    lastAnswer === null ? {} : { lastAnswer: answerText(lastAnswer, readiness) };
  const of = process === undefined ? { release } : { release, process };
  const seen = await call('evidence', { ...of, invocation, texts });
  return {
    journal: seen.journal,
    unit: { ...seen.unit },
    ...(seen.texts.lastAnswer === undefined ? {} : { lastAnswer: seen.texts.lastAnswer }),
  };
}

/** An app may answer with what no request to the helper can carry: that must not cost the evidence. */
function answerText(answer: ProbeAnswer, readiness?: ReadinessSettings): string {
  const where = readiness?.release ?? null;
  const named = where !== null && 'header' in where ? answer.headers[where.header.toLowerCase()] : undefined;
  const header =
    where !== null && 'header' in where && named !== undefined ? `${where.header}: ${named}\n` : '';
  return `${inWords(answer, readiness ?? null)}\n${header}${answer.body}`
    .trim()
    .replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
