/** How the numbers of a row are written, in the table as in the picture. */
import type { Ending } from '../measure';
import type { Spread, Summary } from './summary';

const ENDINGS: Record<Ending, string> = {
  new: 'the new one',
  old: 'the old one',
  bad: 'the bad one',
  down: 'nothing',
};

/** The releases that serve after the deploys. */
export function servesAfter({ endings }: Summary): string {
  const found = Object.entries(endings) as [Ending, number][];
  return found
    .map(([ending, count]) => (found.length === 1 ? ENDINGS[ending] : `${count}× ${ENDINGS[ending]}`))
    .join(', ');
}

export function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** One failure in twenty deploys is not none. */
export function mean(number: number): string {
  return number < 10 ? String(Number(number.toFixed(2))) : whole(number);
}

/** Two figures that mean something, not four that look as if. */
export function seconds(number: number): string {
  return number < 10 ? number.toFixed(2) : number.toFixed(1);
}

export function spreadOf({ median, min, max }: Spread): string {
  return min === max ? seconds(median) : `${seconds(median)} (${seconds(min)}–${seconds(max)})`;
}
