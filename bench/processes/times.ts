/** How long a deploy takes with 1, 3 and 6 processes. */
import type { Resident, Zoo } from '../../test/zoo/zoo';
import { now } from '../load';

const COUNTS = [1, 3, 6];
/** A process that takes no time of the processor: the rest is Landfall's. */
const IDLE = { command: 'sleep infinity' };

/** Seconds of one deploy, by its number of processes. */
export type Round = Map<number, number>;

/** Each number has a service of its own on one host. In each round another one begins. */
export async function takeTurns(zoo: Zoo, rounds: number, say: (line: string) => void): Promise<Round[]> {
  const residents = new Map<number, Resident>();
  try {
    for (const count of COUNTS) {
      const resident = zoo.admit('flask-sync', `idle${count}`);
      residents.set(count, resident);
      resident.configure({ processes: Object.fromEntries(names(count).map((name) => [name, IDLE])) });
      await mustSucceed(resident, 'setup');
      await deploy(resident, 'first');
    }
    const measured: Round[] = [];
    for (let at = 0; at < rounds; at++) {
      const round: Round = new Map(COUNTS.map((count) => [count, Number.NaN]));
      const order = COUNTS.map((_, place) => COUNTS[(place + at) % COUNTS.length] ?? 1);
      for (const count of order) {
        const resident = residents.get(count);
        if (resident !== undefined) round.set(count, await deploy(resident, `round ${at}`));
      }
      measured.push(round);
      say(
        `round ${at + 1}: ${[...round].map(([count, took]) => `${count}: ${took.toFixed(2)} s`).join(', ')}`,
      );
    }
    return measured;
  } finally {
    for (const resident of residents.values()) await resident.leave();
  }
}

/** @returns the seconds that its user waits */
export async function deploy(resident: Resident, version: string, files: object = {}): Promise<number> {
  const commit = resident.repository.commit(version, { ...files, 'version.txt': `${version}\n` });
  const began = now();
  await mustSucceed(resident, 'deploy', '--ref', commit);
  return (now() - began) / 1_000;
}

export async function mustSucceed(resident: Resident, command: string, ...args: string[]): Promise<void> {
  const { code, output } = await resident.landfall(command, ...args);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `idle-${at + 1}`);
}
