/**
 * Checks the content of updates, which a person may have typed into the Temporal UI. The check comes first, because a
 * handler that fails on malformed content would fail the workflow task again and again. Pure and synchronous.
 */
import { ApplicationFailure } from '@temporalio/common';
import { CHOICES } from '../deployment/status';
import type { Decision, Supersession } from './messages';

/** Long enough for a name with its CI, short enough for every status that shows it. */
const LONGEST_NAME = 200;
/** The longest ref that Git allows here; longer than a SHA. */
const LONGEST_COMMIT = 255;

/** Characters that act on a terminal or cannot be sent: controls, line separators, bidi controls, half pairs. */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const DECISION = 'Send for example {"choice":"retry","by":"your name","question":1}.';
const SUPERSESSION = 'Send for example {"commit":"a full SHA","by":"your name"}.';

/** @throws a failure that refuses the update and says what to send */
export function checkDecision(argument: unknown): asserts argument is Decision {
  const fields = fieldsOf(argument, ['choice', 'by', 'question'], DECISION);
  const { choice, by, question } = fields;
  if (!CHOICES.some((known) => known === choice))
    throw refusal(`choice must be ${CHOICES.join(', ')}, exactly so, and is ${inWords(choice)}. ${DECISION}`);
  checkText('by', by, LONGEST_NAME, DECISION);
  if (typeof question !== 'number' || !Number.isSafeInteger(question) || question < 1)
    throw refusal(
      `question must be the number of the question, as the status names it, and is ${inWords(question)}. ${DECISION}`,
    );
}

/** @throws a failure that refuses the update and says what to send */
export function checkSupersession(argument: unknown): asserts argument is Supersession {
  const { by, commit } = fieldsOf(argument, ['commit', 'by'], SUPERSESSION);
  checkText('by', by, LONGEST_NAME, SUPERSESSION);
  checkText('commit', commit, LONGEST_COMMIT, SUPERSESSION);
}

/** The failure with which an update is refused. */
export function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'UpdateRefused', message, nonRetryable: true });
}

function fieldsOf(argument: unknown, known: string[], example: string): Record<string, unknown> {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument))
    throw refusal(`The update needs an object, and got ${inWords(argument)}. ${example}`);
  const more = Object.keys(argument).find((key) => !known.includes(key));
  // A misspelt field would otherwise be one that is missing.
  if (more !== undefined)
    throw refusal(`The update has only the fields ${known.join(', ')}, and got ${inWords(more)}. ${example}`);
  return { ...argument };
}

function checkText(field: string, value: unknown, most: number, example: string): void {
  if (typeof value !== 'string' || value.trim() === '' || value.length > most || UNREADABLE.test(value))
    throw refusal(
      `${field} must be a text of 1 to ${most} printable characters, and is ${inWords(value)}. ${example}`,
    );
}

/** Never more than a few words, whatever it is: also half a surrogate pair or a megabyte comes in. */
function inWords(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `an ${typeof value}`;
  const shown = value.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
  return `"${shown}"${value.length > 40 ? ` and ${value.length - 40} characters more` : ''}`;
}
