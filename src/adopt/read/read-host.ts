import { fail } from '../../deployment/failures';
import type { Connection } from '../../ssh/connection';
import { execute } from '../../ssh/execute';
import { printedBy } from '../../ssh/printed';
import { schemaProblems } from '../../text/schema-problems';
import { type Reading, readingForm } from '../reading';
import { READING_BOOTSTRAP, readingSource } from './sources';

/** The reading asks a service a dozen times, and looks through its packages. */
const READING_MS = 90_000;
const MOST_BYTES = 1 << 20;
const PYTHON = ['/usr/bin/python3', '-I', '-c', READING_BOOTSTRAP];

/**
 * Reads how a unit of a host runs. As root where the user may use sudo without a password, else as that user. Changes
 * nothing; safe to run twice.
 * @throws SetupNeeded for a host without Python 3; CommandFailed when the reading fails; InvalidAnswer for another
 *   answer than a reading
 */
export async function readHost(connection: Connection, unit: string): Promise<Reading> {
  const parsed = readingForm.safeParse(await runThere(connection, 'reading', { unit }));
  if (parsed.success) return parsed.data;
  throw fail(
    'InvalidAnswer',
    `The reading of ${connection.login.host} does not fit: ${schemaProblems(parsed.error)}.`,
    {
      host: connection.login.host,
      advice: 'Please report this, with the names of the fields.',
    },
  );
}

/** Calls one of the programs of `host/landfall_adopt` there. @returns its JSON */
export async function runThere(
  connection: Connection,
  program: 'reading' | 'move_settings',
  request: Record<string, unknown>,
): Promise<unknown> {
  const { host, user } = connection.login;
  const sudo = user === 'root' || !(await mayBeRoot(connection)) ? [] : ['sudo', '-n'];
  const source = readingSource();
  const line = `${JSON.stringify({ program, bytes: source.length, ...request })}\n`;
  const stdin = Buffer.concat([Buffer.from(line), source]);
  const options = { stdin, outputLimit: MOST_BYTES, signal: AbortSignal.timeout(READING_MS) };
  const ran = await execute(connection, [...sudo, ...PYTHON], options);
  const answer = lastJson(ran.stdout);
  if (ran.code === 0 && answer !== null) return answer;
  if (ran.code === 126 || ran.code === 127) throw noPython(host, printedBy(ran));
  throw fail('CommandFailed', `The unit was not read on ${host}: ${printedBy(ran) || 'no answer'}.`, {
    host,
    advice: 'Correct what the host printed, and run landfall adopt again.',
  });
}

async function mayBeRoot(connection: Connection): Promise<boolean> {
  const { code } = await execute(connection, ['sudo', '-n', 'true'], { signal: AbortSignal.timeout(20_000) });
  return code === 0;
}

/** The last line: start-up files of a login shell may have printed lines before it. */
function lastJson(stdout: string): unknown {
  try {
    return JSON.parse(stdout.slice(stdout.trimEnd().lastIndexOf('\n') + 1));
  } catch {
    return null;
  }
}

function noPython(host: string, printed: string): Error {
  return fail('SetupNeeded', `${host} has no /usr/bin/python3: ${printed}.`, {
    host,
    advice: 'Install the package python3 on the host.',
  });
}
