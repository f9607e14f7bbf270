/** The text of a `landfall.yaml` that is to be written. Pure. */
import { Document, isCollection, isPair, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap } from 'yaml';
import { oneLine } from '../../text/safe-text';
import type { Draft, DraftKey } from './draft';
import { ENVIRONMENT, inFileOrder, TOP } from './key-order';

/** Of a comment, so that a terminal and a review show whole lines. */
const MOST_COLUMNS = 96;
/** A longer list gets a line for each item. */
const MOST_FLOW = 58;

/**
 * The file: keys in the order of docs/configuration.md, each with its comment. A comment stays a comment, whatever
 * text it holds. `parseConfig` reads the draft's values from the file, and refuses the same values that it always does.
 * @throws when one key of the draft lies within the plain value of another
 */
export function draftText({ service, repository, head, keys, environments }: Draft): string {
  const root = new YAMLMap();
  const file = new Document();
  file.contents = root;
  add(file, root, { path: ['service'], value: service, why: null });
  add(file, root, { path: ['repository'], value: repository, why: null });
  for (const key of inFileOrder(keys, TOP)) add(file, root, key);
  const places = new YAMLMap();
  for (const [name, { hosts, keys: own }] of Object.entries(environments)) {
    const place = new YAMLMap();
    add(file, place, { path: ['hosts'], value: hosts, why: null });
    for (const key of inFileOrder(own, ENVIRONMENT)) add(file, place, key);
    places.items.push(new Pair(new Scalar(name), place));
  }
  const environmentsKey = new Scalar('environments');
  environmentsKey.spaceBefore = true;
  root.items.push(new Pair(environmentsKey, places));
  const top = head.flatMap((line) => wrapped(line, MOST_COLUMNS)).map((line) => `# ${line}`.trimEnd());
  const text = file.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
  return [...top, text].join('\n');
}

function add(file: Document, root: YAMLMap, { path, value, why }: DraftKey): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length > 0) {
    add(file, mapIn(root, name), { path: rest, value, why });
    return;
  }
  const node = file.createNode(value, { aliasDuplicateObjects: false }) as Node;
  shorten(node, file);
  const key = new Scalar(name);
  const known = root.items.find((pair) => nameOf(pair) === name);
  if (known === undefined) root.items.push(new Pair(key, node));
  else known.value = node;
  if (why !== null) comment(root, key, node, why);
}

function comment(root: YAMLMap, key: Scalar, node: Node, why: string): void {
  const line = oneLine(why).trim();
  const isFirst = root.items.length === 1;
  if (isScalar(node) && lengthOf(key, node) + line.length < MOST_COLUMNS) {
    node.comment = ` ${line}`;
    return;
  }
  key.commentBefore = wrapped(line, MOST_COLUMNS - 4)
    .map((each) => ` ${each}`)
    .join('\n');
  key.spaceBefore = !isFirst;
}

function lengthOf(key: Scalar, node: Scalar): number {
  return `${String(key.value)}: ${String(node.value)} # `.length + 4;
}

/** The map of that name, made where there is none. */
function mapIn(root: YAMLMap, name: string): YAMLMap {
  const known = root.items.find((pair) => nameOf(pair) === name);
  if (known === undefined) {
    const made = new YAMLMap();
    root.items.push(new Pair(new Scalar(name), made));
    return made;
  }
  if (!(known.value instanceof YAMLMap)) throw new Error(`the draft has ${name} as a value and as a map`);
  return known.value;
}

function nameOf({ key }: { key: unknown }): unknown {
  return isScalar(key) ? key.value : key;
}

/** A short list of plain values stands on one line. */
function shorten(node: unknown, file: Document): void {
  if (!isCollection(node)) return;
  const isPlain = isSeq(node) && node.items.every((item) => isScalar(item));
  if (isPlain && JSON.stringify(node.toJS(file)).length <= MOST_FLOW) node.flow = true;
  for (const item of node.items) shorten(isPair(item) ? item.value : item, file);
}

/** Lines of at most so many characters; a word is never cut. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of oneLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
