/** The lines of `authorized_keys` that make the door. Pure. */
import { CURRENT, HOME } from '../install/layout';
import { KEY_NAME } from './key-name';

const TYPES =
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;

export interface PublicKey {
  type: string;
  /** In base64, as OpenSSH writes it. */
  blob: string;
}

/**
 * Reads a `.pub` file. Options before the key, further lines and certificates are refused: they would be rights.
 * @returns null for anything but one plain public key
 */
export function parsePublicKey(text: string): PublicKey | null {
  const [line, ...more] = text.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('#'));
  if (line === undefined || more.length > 0) return null;
  const [type = '', blob = ''] = line.trim().split(/\s+/);
  if (!TYPES.test(type) || !/^[A-Za-z0-9+/]{40,4000}={0,2}$/.test(blob)) return null;
  // The key says its type, too: OpenSSH believes that one.
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return bytes.subarray(4, 4 + length).toString('latin1') === type ? { type, blob } : null;
}

/**
 * The line that lets a key through the door, and to nothing else. `restrict` turns off terminals, `~/.ssh/rc`, and every
 * forwarding. The command replaces whatever the client asks for, sftp too.
 * `permitopen` is not used: it needs `port-forwarding`, which opens `-R` too, and the client would have to know the port.
 * The program gets no variable of the client, whatever `AcceptEnv` lets through.
 */
export function keyLine(name: string, { type, blob }: PublicKey): string {
  if (!KEY_NAME.test(name)) throw new Error('the name of a key was not checked');
  const environment = `PATH=/usr/local/bin:/usr/bin:/bin HOME=${HOME} \\"SSH_ORIGINAL_COMMAND=$SSH_ORIGINAL_COMMAND\\"`;
  const command = `exec /usr/bin/env -i ${environment} ${CURRENT}/bin/landfall door ${name}`;
  return `restrict,command="${command}" ${type} ${blob} ${name}`;
}

/** The lines of a file that begin with this, and end with a name, are Landfall's. */
const OURS = /^restrict,command="exec \/usr\/bin\/env -i .* door (\S+)" (\S+) (\S+) \S+$/;

/** The name of each of Landfall's lines, and its key. */
export function namedKeys(authorizedKeys: string): { name: string; key: PublicKey }[] {
  return authorizedKeys.split('\n').flatMap((line) => {
    const [, name, type, blob] = OURS.exec(line) ?? [];
    return name === undefined || type === undefined || blob === undefined
      ? []
      : [{ name, key: { type, blob } }];
  });
}

/** The file without the line of a name. All other lines stay. */
export function withoutKey(authorizedKeys: string, name: string): string {
  const lines = authorizedKeys.split('\n').filter((line) => line !== '' && OURS.exec(line)?.[1] !== name);
  return lines.map((line) => `${line}\n`).join('');
}

/** Whether any line of the file has this key: sshd takes the first line that fits, so a second one is never asked. */
export function hasBlob(authorizedKeys: string, { blob }: PublicKey): boolean {
  return authorizedKeys.split('\n').some((line) => !line.startsWith('#') && line.split(/\s+/).includes(blob));
}
