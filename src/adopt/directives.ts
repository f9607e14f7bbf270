/** Directives of an old unit that the unit of a release does not have, one finding each. Pure. */
import type { Finding } from './finding';
import type { Reading } from './reading';

/** The keys of landfall.yaml that do the same; for the rest a drop-in does. */
const KEYS: [RegExp, string][] = [
  [/^ExecStartPre$/, 'Write its command under `migrate:` or `build:`.'],
  [/^ExecStartPost$/, 'Write its command as `soak.command`, if it tests the service.'],
];

export function lostDirectives({ name, directives, files }: Reading['unit'], service: string): Finding[] {
  const template = name.replace(/\.service$/, '@.service');
  const edit = `Keep it in a drop-in: systemctl edit --force ${template}`;
  const byKey = (directive: string) => KEYS.find(([pattern]) => pattern.test(directive))?.[1];
  const plain = directives.filter((directive) => byKey(directive) === undefined);
  const dropIns = files.slice(1);
  return [
    ...directives.flatMap((directive): Finding[] => {
      const next = byKey(directive);
      return next === undefined
        ? []
        : [{ level: 'warning', text: `${directive}= of ${name} is not run by a release.`, next }];
    }),
    ...plain.map(
      (directive): Finding => ({
        level: 'note',
        text: `${directive}= of ${name} is not in the unit of ${service}.`,
        next: edit,
      }),
    ),
    ...(dropIns.length === 0
      ? []
      : [
          {
            level: 'note',
            text: `${dropIns.join(', ')} counts for ${name} only; with strategy overlap a release has the unit ${template}.`,
            next: `Copy what it needs: systemctl edit --force ${template}`,
          } satisfies Finding,
        ]),
  ];
}
