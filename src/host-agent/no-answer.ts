import { fail } from '../deployment/failures';
import { destinationOf } from '../ssh/connect-failures';
import type { Connection } from '../ssh/connection';
import { type Executed, execute } from '../ssh/execute';
import { printedBy } from '../ssh/printed';

/** The word that a login which runs commands prints. */
const WORD = 'landfall-login-works';

const PROBE_MS = 10_000;

/**
 * Why a login gave no answer of `landfall-host`. One more command on the same connection tells a login that runs no
 * commands from a helper that said nothing.
 * @param installs whether an administrator was to set the host up
 */
export async function whyNoAnswer(connection: Connection, ran: Executed, installs: boolean): Promise<Error> {
  const { login } = connection;
  const printed = printedBy(ran);
  if (cannotBeRun(ran)) {
    if (installs) return administratorNeedsRights(connection, printed);
    return setupNeeded(login.host, `landfall-host cannot be run on ${login.host}: ${printed}`);
  }
  if (!(await runsCommands(connection))) return runsNoCommands(connection, printed);
  const end = ran.signal === null ? `exit status ${ran.code}` : ran.signal;
  const words = printed === '' ? 'the host printed nothing' : printed;
  return fail('OutcomeUnknown', `landfall-host on ${login.host} gave no answer (${end}): ${words}`, {
    host: login.host,
    advice: `Landfall retries with a new login. See what a login prints there, and correct the user's shell or sudo rule: ssh ${destinationOf(login)} true`,
  });
}

export function setupNeeded(host: string, message: string): Error {
  return fail('SetupNeeded', message, {
    host,
    advice: `Set the host up as root, once and again after each update: landfall setup ${host} --env <environment>`,
  });
}

/**
 * The shell gives 126 or 127 for a program that is missing or may not be run. sudo gives 1 and its own
 * message, in the host's language. sudo's complaint about an unresolved host name is only a warning.
 */
function cannotBeRun({ code, stderr }: Executed): boolean {
  if (code === 126 || code === 127) return true;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return code === 1 && (/^sudo: (?!unable to resolve)/.test(said) || /is not allowed to execute/.test(said));
}

/** @returns false only for a login that ended without a word of the command. A lost line says nothing about it */
async function runsCommands(connection: Connection): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const { stdout } = await execute(connection, ['echo', WORD], { signal });
    return stdout.includes(WORD);
  } catch {
    return true;
  }
}

function runsNoCommands({ login }: Connection, printed: string): Error {
  const words = printed === '' ? 'nothing' : printed;
  return fail(
    'AuthRejected',
    `The login of ${login.user} on ${login.host} runs no commands: its shell (nologin?), a ForceCommand or the options of the key stand in the way. It printed: ${words}`,
    {
      host: login.host,
      advice: `Give ${login.user} a shell there (usermod --shell /bin/sh ${login.user}) and a key without command=. Then check: ssh ${destinationOf(login)} true`,
    },
  );
}

function administratorNeedsRights({ login }: Connection, printed: string): Error {
  const { user, host } = login;
  const message = `${user} cannot set ${host} up: ${printed}`;
  const advice = /python3/.test(printed)
    ? `Install Python there as root: apt-get install python3 python3-venv, or dnf install python3. Then run landfall setup again.`
    : /tty/.test(printed)
      ? `sudo wants a terminal there. As root, write \`Defaults:${user} !requiretty\` into /etc/sudoers.d/${user}, or run landfall setup with --as root.`
      : `Setup needs sudo without a password. Run it with --as root, or let root write \`${user} ALL=(ALL) NOPASSWD: ALL\` into /etc/sudoers.d/${user} until the setup is done.`;
  return fail('SetupNeeded', message, { host, advice });
}
