/** A text that a person reads as one piece: a paragraph, a cell of a table, a comment, an error's text. */
export interface Passage {
  text: string;
  /** Line of the file on which the text begins, counted from 1. */
  line: number;
  /** How the text reaches its reader: messages and titles are checked for words alone, not for length. */
  kind: 'prose' | 'title' | 'comment' | 'message';
}

export interface Sentence {
  text: string;
  line: number;
}

/** Stands for code, so that a name or a command in a text is neither split nor checked for words. */
export const CODE = 'CODE';

/** The sentences of a passage, each with the line on which it begins. */
export function sentencesOf(passage: Passage): Sentence[] {
  const sentences: Sentence[] = [];
  let line = passage.line;
  for (const part of passage.text.split(/(?<=[.!?][)"'”]?)(?=\s+["'(“]?(?:[A-Z\d]|systemd |sshd |sudo ))/)) {
    const leading = part.match(/^\s*/)?.[0] ?? '';
    sentences.push({ text: part.trim().replace(/\s+/g, ' '), line: line + newlines(leading) });
    line += newlines(part);
  }
  return sentences.filter(({ text }) => text !== '');
}

/** Words of a sentence: marks that stand alone (`·`, `→`, `*`) are not words. */
export function wordsOf(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
