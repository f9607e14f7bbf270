import { z } from 'zod';
import { fail } from '../../deployment/failures';
import type { Connection } from '../../ssh/connection';
import { runThere } from './read-host';

const answerForm = z.object({ moved: z.array(z.string()).max(500), problem: z.string().nullable() });

/**
 * Moves settings of a unit into an environment file that only root can read. No value leaves the host, and nothing is
 * restarted. Safe to run twice.
 * @returns the names that were moved
 * @throws CommandFailed when the unit cannot be changed; nothing was changed then
 */
export async function moveSettings(
  connection: Connection,
  { unit, file, names }: { unit: string; file: string; names: string[] },
): Promise<string[]> {
  const { moved, problem } = answerForm.parse(
    await runThere(connection, 'move_settings', { unit, file, names }),
  );
  if (problem === null) return moved;
  throw fail('CommandFailed', `Nothing was moved on ${connection.login.host}: ${problem}.`, {
    host: connection.login.host,
    advice: `Correct that, or move the settings of ${unit} by hand.`,
  });
}
