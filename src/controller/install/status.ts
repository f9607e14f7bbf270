/** The state of a controller in words. Pure. */
import type { ControllerFacts, UnitFacts } from './facts';
import { STATE, UNITS, USUAL_PORT } from './layout';
import { firewallWarning, megabytes } from './plan';

/** Below this a database of the engine may soon not grow any more. */
const LITTLE_SPACE = 500 * 2 ** 20;

/** @param machine as the person wrote it, for the commands to type */
export function statusLines(facts: ControllerFacts, machine: string): string[] {
  const units = UNITS.map(
    (unit) => `  ${unit.replace(/^landfall-|\.service$/g, '').padEnd(9)}${unitLine(facts.units.get(unit))}`,
  );
  const before = facts.previous === null ? '' : `; before it ${facts.previous}`;
  return [
    `Controller on ${machine} (${facts.system}):`,
    `  version  ${facts.current}${before}`,
    ...units,
    `  address  127.0.0.1:${facts.port}`,
    `  state    ${megabytes(facts.databaseBytes ?? 0)} of history, ${megabytes(facts.space.state)} free in ${STATE}`,
    `  runs     ${runsLine(facts.openRuns)}`,
    `  hosts    ${facts.knownHosts.length} trusted host keys`,
    ...(facts.publicKey === null ? [] : [`  key      ${facts.publicKey}`]),
    ...problemsIn(facts, machine).map((problem) => `  ✗ ${problem}`),
    ...warningsIn(facts).map((warning) => `  ! ${warning}`),
  ];
}

/** Why this controller cannot deploy; empty: it can. */
export function problemsIn(facts: ControllerFacts, machine: string): string[] {
  const down = UNITS.filter((unit) => facts.units.get(unit)?.state !== 'active (running)');
  const notAtBoot = UNITS.filter((unit) => facts.units.get(unit)?.enabled !== 'enabled');
  return [
    ...down.map(
      (unit) =>
        `${unit} does not run. Look at: landfall controller logs ${machine}. Then there: systemctl restart ${unit}`,
    ),
    ...(down.length === 0 && !facts.engineServes
      ? [`The engine does not answer. Look at: landfall controller logs ${machine} --unit engine`]
      : []),
    ...notAtBoot.map((unit) => `${unit} does not start at boot. Run there: systemctl enable ${unit}`),
    ...(facts.publicKey === null
      ? [`The controller has no key for its hosts. Run: landfall controller install ${machine}`]
      : []),
  ];
}

function warningsIn(facts: ControllerFacts): string[] {
  const hasNft = facts.programs.includes('nft');
  const port = facts.port ?? USUAL_PORT;
  return [
    ...(facts.space.state < LITTLE_SPACE
      ? [`Only ${megabytes(facts.space.state)} are free in ${STATE}. Make room there.`]
      : []),
    ...(hasNft ? [] : [firewallWarning(port)]),
    ...(hasNft && !facts.firewall
      ? [
          `The rule of nftables is not there: every user of that machine reaches the engine on port ${port}, and may deploy. Run there: systemctl restart landfall-engine`,
        ]
      : []),
  ];
}

function unitLine(unit: UnitFacts | undefined): string {
  if (unit === undefined) return 'not installed';
  const { state, since, restarts, memory } = unit;
  return [
    state === 'active (running)' && since !== '' ? `runs since ${since}` : state,
    ...(memory === null ? [] : [megabytes(memory)]),
    ...(restarts === 0 ? [] : [`restarted ${restarts} times`]),
  ].join(', ');
}

function runsLine(openRuns: string[] | null): string {
  if (openRuns === null) return 'not known, because the engine does not answer';
  return openRuns.length === 0 ? 'none open' : `open: ${openRuns.join(', ')}`;
}
