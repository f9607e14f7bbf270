/** The unit that ran a service before Landfall: how it is asked, and what a release would not have of it. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Address, HandMade } from '../contract/contract-types';
import type { PlacedProbe } from './model';
import { asListened } from './probes';

/** Set by systemd or by a release itself, or without a meaning for the service. */
const HARMLESS =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|TERM|TMPDIR|LANG|LANGUAGE|LC_\w+|VIRTUAL_ENV|PYTHONPATH|PYTHONUNBUFFERED|PYTHONDONTWRITEBYTECODE|XDG_RUNTIME_DIR|GUNICORN_CMD_ARGS|LANDFALL_\w+)$/;

/** Whether a release needs no setting of that name from the old unit. */
export function isHarmless(name: string): boolean {
  return HARMLESS.test(name);
}

/** A few are read; the rest is counted. */
const MOST_NAMES = 8;

/** The settings that no release would have: neither landfall.yaml nor a file of the host sets them. */
export function lostSettings({ lost }: HandMade, { env, strategy }: ServiceSettings): HandMade['lost'] {
  // With strategy `restart` the release has the same unit, and so its drop-ins.
  const stays = (dropIn: boolean) => dropIn && strategy === 'restart';
  return lost.filter(({ name, dropIn }) => !stays(dropIn) && !isHarmless(name) && !Object.hasOwn(env, name));
}

/** Whether what asks the old unit at its address reaches a release at that one. */
export function keepsAddress(listens: Address[], bind: Address): boolean {
  if (listens.length === 0) return true;
  return listens.some((old) => {
    if ('socket' in old || 'socket' in bind) return asListened(old) === asListened(bind);
    const isAny = old.host === '0.0.0.0' || old.host === '::';
    return old.port === bind.port && (isAny || old.host === bind.host);
  });
}

/** `127.0.0.1:8000 and /run/shop.sock` */
export function listenedInWords(listens: Address[]): string {
  return listens.map(asListened).join(' and ');
}

/** `A, B and 3 more`, by where they are set. */
export function lostInWords(lost: HandMade['lost'], unit: string): string {
  const places = [...new Set(lost.map(({ file }) => file ?? unit))];
  return places
    .map((place) => {
      const names = lost.filter(({ file }) => (file ?? unit) === place).map(({ name }) => name);
      const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
      return `${names.slice(0, MOST_NAMES).join(', ')}${more} of ${place}`;
    })
    .join('; ');
}

export interface Replaced {
  unit: string;
  settings: ServiceSettings;
  bind: Address;
  probe: PlacedProbe | null;
}

/** Notices for people before a release replaces it, one sentence each. */
export function handMadeNotices(before: HandMade, { unit, settings, bind, probe }: Replaced): string[] {
  const { listens, directives, user } = before;
  const edit =
    settings.strategy === 'restart'
      ? `systemctl edit ${unit}`
      : `systemctl edit --force ${unit.replace(/\.service$/, '@.service')}`;
  return [
    probe !== null && askedInWords(unit, probe),
    !keepsAddress(listens, bind) &&
      `${unit} listens on ${listenedInWords(listens)}, and the release on ${asListened(bind)}: who asks there must be told, or write the old address as bind:`,
    user !== settings.user &&
      `${unit} runs as ${user}, and the release as ${settings.user}: give it the files that the service writes, or write the old user as user:`,
    directives.length > 0 &&
      `the release's unit has no ${directives.join(', ')} of ${unit}: keep them with: ${edit}`,
  ].filter((notice) => notice !== false);
}

function askedInWords(unit: string, { address, settings, verified }: PlacedProbe): string | false {
  const at = asListened(address);
  const { path } = settings.readiness;
  switch (verified) {
    case 'ready':
      return false;
    case 'answers':
      return `${unit} answers at ${at}, but is not ready at ${path}: a rollback to it waits for any answer there`;
    case undefined:
      return `${unit} answers no HTTP at ${at}: a rollback to it only waits until it runs`;
  }
}
