/** The scripts that read and write the files of the door, as root on the controller. Pure. */
import { POLICY_FILE, SSH_FOLDER, USER } from '../install/layout';
import { PRELUDE } from '../install/script';
import type { DoorFiles } from './keys';

const KEYS_FILE = `${SSH_FOLDER}/authorized_keys`;

const READ = 'read_file() { if [ -e "$1" ]; then base64 -w 0 "$1"; fi; }\n';

/** Says both files in base64. */
export function readScript(): string {
  return `${PRELUDE}${READ}
[ -d ${SSH_FOLDER} ] || { say no-controller yes; exit 1; }
say authorized-keys "$(read_file ${KEYS_FILE})"
say policy "$(read_file ${POLICY_FILE})"
`;
}

/** Writes both files, if they are still as they were read. The policy is first: a key without a list may do nothing. */
export function writeScript(before: DoorFiles, now: DoorFiles): string {
  return `${PRELUDE}${READ}
[ "$(read_file ${KEYS_FILE})" = "${encoded(before.authorizedKeys)}" ] && [ "$(read_file ${POLICY_FILE})" = "${encoded(before.policy)}" ] || { say changed yes; exit 1; }
put() { base64 -d >"$3.new"; chown "$2" "$3.new"; chmod "$1" "$3.new"; mv "$3.new" "$3"; }
umask 077
put 0640 root:${USER} ${POLICY_FILE} <<'END'
${encoded(now.policy)}
END
put 0644 root:root ${KEYS_FILE} <<'END'
${encoded(now.authorizedKeys)}
END
say written yes
`;
}

/** @param said the values by name, as the script said them */
export function filesFrom(said: { name: string; value: string }[]): DoorFiles | null {
  const value = (wanted: string) => said.find(({ name }) => name === wanted)?.value;
  const [authorizedKeys, policy] = [value('authorized-keys'), value('policy')];
  if (authorizedKeys === undefined || policy === undefined) return null;
  return { authorizedKeys: decoded(authorizedKeys), policy: decoded(policy) };
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
