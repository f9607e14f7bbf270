/** A finding about a service that was set up by hand. */
export interface Finding {
  /** `error`: a deploy is refused or loses something. `warning`: users may notice. `note`: good to know. */
  level: 'error' | 'warning' | 'note';
  text: string;
  /** The next step, in the imperative; null: none is needed. */
  next: string | null;
}

/** Where the host and the unit are named again in a command. */
export interface Named {
  host: string;
  environment: string;
}

const MOST_SHOWN = 6;

export const error = (text: string, next: string): Finding => ({ level: 'error', text, next });
export const warning = (text: string, next: string | null): Finding => ({ level: 'warning', text, next });
export const note = (text: string, next: string | null = null): Finding => ({ level: 'note', text, next });

/** `a, b and 3 more` */
export function some(all: string[]): string {
  const more = all.length - MOST_SHOWN;
  return more > 0 ? `${all.slice(0, MOST_SHOWN).join(', ')} and ${more} more` : all.join(', ');
}
