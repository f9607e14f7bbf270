/** The reasons why `ssh` did not lead to the engine, in words. Pure. */

interface Row {
  /** In the complaint of ssh. */
  found: RegExp;
  said: string;
  advice: (controller: string) => string;
}

const login = (controller: string) => controller.replace(/^ssh:\/\//, '').replace(/:\d+$/, '');

/** In this order, because a later message may follow from an earlier one. */
const ROWS: Row[] = [
  {
    found: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    said: 'the host key has changed, so another machine may answer',
    advice: () =>
      'Ask whoever runs the controller whether its key was changed. Then remove the old key: ssh-keygen -R HOST',
  },
  {
    found: /Host key verification failed|host key is known/,
    said: 'the host key is not known on this machine',
    advice: (controller) =>
      `Connect once by hand and compare the fingerprint: ssh ${login(controller)}   In CI, write the key into ~/.ssh/known_hosts.`,
  },
  {
    found: /Permission denied|Too many authentication failures|No more authentication methods/,
    said: 'the controller does not take the SSH key of this machine',
    advice: () =>
      'Let an administrator add your public key: landfall controller key add HOST NAME --key FILE.pub --operator   Or name the key in ~/.ssh/config (IdentityFile).',
  },
  {
    found: /Could not resolve hostname/,
    said: 'its name is not known here',
    advice: () =>
      'Correct controller: in landfall.yaml or LANDFALL_CONTROLLER, or add the name to ~/.ssh/config.',
  },
  {
    found: /UNPROTECTED PRIVATE KEY|bad permissions/i,
    said: 'other users may read the private key',
    advice: () => 'Make the key private: chmod 600 FILE',
  },
  {
    found: /Bad configuration option|Bad owner or permissions|terminating, \d+ bad/,
    said: 'the SSH configuration of this machine is refused',
    advice: () => 'Correct ~/.ssh/config.',
  },
  {
    found:
      /Connection refused|timed out|No route to host|Network is unreachable|Connection closed|Connection reset|kex_exchange/,
    said: 'the SSH server does not answer',
    advice: () => 'Check the address and the network; then run the same command again.',
  },
];

/** Of the last lines of a complaint that no row knows. */
const MOST_LINES = 3;

/** The exit code of ssh itself; any other is the remote command's. */
const OF_SSH = 255;

/** The shell's, for a command that it does not find. */
const NOT_FOUND = 127;

/**
 * Why there is no connection, and the next step.
 * @param code the exit code of ssh; `missing`: there is no such program; null: a signal ended it
 * @param complaint its standard error, which may be text of the controller
 */
export function sshProblem(code: number | 'missing' | null, complaint: string, controller: string): string[] {
  const begin = `The controller ${controller} cannot be reached`;
  const lines = complaint.split(/\r?\n/).filter((line) => line.trim() !== '');
  const last = lines.slice(-MOST_LINES);
  if (code === 'missing')
    return [`${begin}: this machine has no ssh command.`, 'Install the OpenSSH client (openssh-client).'];
  if (code === NOT_FOUND)
    return [
      `${begin}: its user has no landfall command (${last.at(-1) ?? ''}).`,
      'Take the user of the controller, such as ssh://landfall@HOST, or install one: landfall controller install HOST',
    ];
  // The controller itself has answered, and says why.
  if (code !== OF_SSH && code !== null && code !== 0)
    return [`The controller ${controller} refuses:`, ...last];
  const row = ROWS.find(({ found }) => found.test(complaint));
  if (row !== undefined) return [`${begin}: ${row.said} (${last.at(-1) ?? ''}).`, row.advice(controller)];
  return [
    `${begin}: ssh ended with ${code ?? 'a signal'} before the engine answered.`,
    ...last,
    `Try it by hand: ssh ${login(controller)} landfall engine </dev/null`,
  ];
}
