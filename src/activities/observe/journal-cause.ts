/** The cause of an end, from the journal of that start. Pure. */
import { shortened } from '../../text/safe-text';

const MOST = 200;
const MOST_REFUSAL = 500;
/** The line of the gate in Gunicorn's log: `[17] landfall gate: not ready within 10 s …`. */
const REFUSAL = /^\[\d+\] landfall gate: (?!\d+ workers? |none, )(.+)$/;

/** `it ended with exit status 7: No module named shop`; null: the journal does not tell. */
export function causeInJournal(journal: string[]): string | null {
  const lines = journal.map(parsed);
  const how = lines
    .map(({ from, text }) => (from.startsWith('systemd[') ? ending(text) : null))
    .findLast(Boolean);
  if (!how) return null;
  const said = lines.findLast(({ from, text }) => !from.startsWith('systemd[') && text.trim() !== '');
  return said === undefined ? how : `${how}: ${shortened(said.text.trim(), MOST).replace(/\.$/, '')}`;
}

function ending(text: string): string | null {
  const [, code, status] = /Main process exited, code=(\w+), status=(\d+)/.exec(text) ?? [];
  if (code === undefined) return null;
  return code === 'exited' ? `it ended with exit status ${status}` : `it was ended by signal ${status}`;
}

/** A line is a time, a program and its text: `13:52:58.227Z systemd[1]: Started …`. */
function parsed(line: string): { from: string; text: string } {
  const [, from = '', text = line] = /^\S+ ([^\s:]+): (.*)$/s.exec(line) ?? [];
  return { from, text };
}

/** The refusal of the gate, where its unit was started again and the state of that start is gone; null: none. */
export function refusalInJournal(journal: string[]): string | null {
  const found = journal
    .map(parsed)
    .findLast(({ from, text }) => !from.startsWith('systemd[') && REFUSAL.test(text));
  return found === undefined ? null : shortened(REFUSAL.exec(found.text)?.[1] ?? '', MOST_REFUSAL);
}
