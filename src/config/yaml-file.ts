import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { inFileOrder, type Path, type Problem } from './config-error';

/** Far more than any service needs; keeps a wrong file from being parsed for minutes. */
const LARGEST_FILE_BYTES = 100_000;

/** How often aliases may be expanded: enough to share a few settings, too few for a bomb. */
const MOST_ALIASES = 50;

/** One slip in the syntax makes the parser stumble over much of what follows. */
const MOST_SYNTAX_PROBLEMS = 10;

/** A YAML file as plain data that still knows where each value stands. */
export interface YamlFile {
  value: unknown;
  /** Where a value stands; for a path that is not there, its nearest parent. */
  placeOf(path: Path): Place;
  /** Where the key of a value stands. */
  placeOfKey(path: Path): Place;
}

/** Both 1-based. */
export interface Place {
  line: number;
  column: number;
}

/** yaml's error codes in words that help whoever wrote the file. Its own texts may quote the file, secrets included. */
const IN_WORDS: Record<string, string> = {
  DUPLICATE_KEY: 'this key is here twice; remove one of the two',
  TAB_AS_INDENT: 'a tab is used as indentation; YAML allows only spaces',
  BAD_INDENT: 'the indentation does not fit the lines around it',
  MISSING_CHAR: 'a character is missing here, such as a colon, a closing quote or a closing bracket',
  BAD_ALIAS: 'this alias refers to an anchor that is not defined above it',
  MULTIPLE_DOCS: 'a second document begins here; the file must hold one',
  TAG_RESOLVE_FAILED: 'tags such as !secret are not understood here; write a plain value',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon or a quote missing?',
  BLOCK_AS_IMPLICIT_KEY: 'a map begins in the middle of a line; is a colon to be quoted?',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  UNEXPECTED_TOKEN: 'this is not expected here; is something to be quoted?',
};

/** Parses YAML 1.2. Duplicate keys, unknown tags and excessive aliases are problems, all reported at once. */
export function parseYaml(file: string, text: string): YamlFile | Problem[] {
  const problem = (message: string, place: Place | null): Problem[] => [
    { file, line: place?.line ?? null, column: place?.column ?? null, key: '', message },
  ];
  if (Buffer.byteLength(text) > LARGEST_FILE_BYTES) {
    return problem(`the file is larger than ${LARGEST_FILE_BYTES} bytes; is it the right one?`, null);
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0)
      return faults
        .flatMap((fault) =>
          problem(IN_WORDS[fault.code] ?? 'this is not valid YAML', placeAt(lines, fault.pos[0])),
        )
        .sort(inFileOrder)
        .filter(isFirstOfItsLine)
        .slice(0, MOST_SYNTAX_PROBLEMS);
    return {
      value: document.toJS({ maxAliasCount: MOST_ALIASES }),
      placeOf: (path) => placeAt(lines, offsetOf(document, path, 'value')),
      placeOfKey: (path) => placeAt(lines, offsetOf(document, path, 'key')),
    };
  } catch (error) {
    // yaml reports an alias that contains itself, or too many, only while it builds the value.
    if (error instanceof ReferenceError)
      return problem('aliases (*name) are used too often or within themselves', null);
    if (error instanceof RangeError) return problem('the file is nested too deeply', null);
    throw error;
  }
}

function isFirstOfItsLine(problem: Problem, index: number, all: Problem[]): boolean {
  return all[index - 1]?.line !== problem.line;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(document: Document.Parsed, path: Path, which: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const here: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    const found = childOf(here ?? null, step);
    if (found === null) return offset;
    const last = index === path.length - 1;
    const wanted = last && which === 'value' ? (found.value ?? found.key) : (found.key ?? found.value);
    offset = wanted?.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

function childOf(node: Node | null, step: string | number): { key: Node | null; value: Node | null } | null {
  if (isSeq<Node>(node) && typeof step === 'number') {
    const value = node.items[step];
    return value === undefined ? null : { key: null, value };
  }
  if (!isMap<Node, Node | null>(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}
