import { type Passage, sentencesOf, wordsOf } from './passage';

/** Longest sentence that a tired reader takes in at once; about 20 words is the aim. */
export const MOST_WORDS = 25;

export interface Finding {
  line: number;
  /** The words that were found. */
  found: string;
  /** The plain words for the same. */
  instead: string;
}

interface Rule {
  pattern: RegExp;
  instead: string;
}

/** Everywhere in a text. The terms are those of docs/glossary.md. */
const WORDS: Rule[] = [
  { pattern: /\btorn[- ]off\b/i, instead: 'abandoned (a deploy), interrupted (a write)' },
  { pattern: /\bwhat boots\b/i, instead: 'boot unit' },
  { pattern: /\bmend(s|ed|ing)?\b/i, instead: 'repair, fix' },
  { pattern: /\bput(s|ting)? (\S+ ){0,3}back\b/i, instead: 'restore' },
  { pattern: /\bin vain\b/i, instead: 'failed' },
  { pattern: /(?<!\bthere )\b(is|are|was|were) no (?!longer\b)/i, instead: '"is not a …"' },
  { pattern: /\b(go|goes|went|gone|going) on\b/i, instead: 'continue' },
  { pattern: /\b(no|some)body\b/i, instead: 'the one who is meant: the worker, an operator, another user' },
  { pattern: /\bbeside\b/i, instead: 'alongside (two releases), next to' },
  { pattern: /\b(the|a|its|their) handle\b/i, instead: 'alias unit' },
  { pattern: /\bways? back\b/i, instead: 'rollback target' },
  { pattern: /\bundoing\b/i, instead: 'compensation' },
  { pattern: /\bthe board\b/i, instead: 'status publisher' },
  {
    pattern: /\b(looks?|looked|looking) after\b/i,
    instead: 'check, repair: the verb that says what is done',
  },
  { pattern: /\bthat (is|are) none\b/i, instead: '"not a …", "invalid …"' },
  { pattern: /\bas ever\b/i, instead: 'as before, as usual' },
  { pattern: /\bfor good(?=[.,;:)]|$)/i, instead: 'permanently' },
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\bwhatever becomes of\b/i, instead: 'even when … fails' },
  { pattern: /\bthe same command tells\b/i, instead: '"Run the same command again to see the result."' },
  { pattern: /\bso that\b[^.]*\bwhich\b/i, instead: 'two sentences' },
];

/** Where a text begins: its first words name what the text is about. */
const OPENINGS: Rule[] = [
  {
    pattern: /^(It|They|One(?= (of|that|which|is|was|has|may|can|must)\b))\b(?!-)/,
    instead: 'the name of the thing',
  },
  {
    pattern: /^(What|Whatever|Whoever)\b(?!.*\?$|[\w ]{1,10}:)/,
    instead: 'a noun: "the answer of a host", not "what a host said"',
  },
];

/** The places of a passage that have to be written differently. */
export function findingsIn(passage: Passage): Finding[] {
  const sentences = sentencesOf(passage);
  return sentences.flatMap(({ text, line }, index) => {
    const opening = index === 0 && passage.kind !== 'title' ? OPENINGS : [];
    const findings = [...WORDS, ...opening].flatMap(({ pattern, instead }) => {
      const found = text.match(pattern)?.[0];
      return found === undefined ? [] : [{ line, found: `"${found}"`, instead }];
    });
    const words = wordsOf(text);
    if (passage.kind === 'message' || words <= MOST_WORDS) return findings;
    const start = text.split(' ').slice(0, 5).join(' ');
    return [
      ...findings,
      { line, found: `${words} words: "${start} …"`, instead: `at most ${MOST_WORDS}, one fact a sentence` },
    ];
  });
}
