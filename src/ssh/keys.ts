import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod } from 'ssh2';
import { fail } from '../deployment/failures';

/** The files that OpenSSH tries too, in its order. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface Keys {
  methods(user: string): AnyAuthMethod[];
  /** The offered keys, for an error message: paths and "agent", never a key. */
  names: string[];
}

/**
 * The private keys to offer: the given files, else the user's usual ones; then the agent.
 * @throws InvalidInput for a given file that is missing, encrypted, no private key, or open to other users
 */
export function loadKeys(keyFiles: string[], agentSocket: string | undefined): Keys {
  const usual = USUAL_KEYS.map((name) => join(homedir(), '.ssh', name)).filter(existsSync);
  const files = keyFiles.length > 0 ? keyFiles : usual;
  const keys = files.map((file) => ({ file, ...readKey(file) }));
  const wrong = keys.find((key) => key.problem !== null);
  // An unusable key among the usual ones is the agent's business; one named on purpose is an error.
  if (keyFiles.length > 0 && wrong !== undefined) {
    throw fail('InvalidInput', `The SSH key ${wrong.file} cannot be used: ${wrong.problem}.`, {
      host: null,
      advice:
        'Name a readable private key in LANDFALL_SSH_KEY; one with a passphrase belongs in an SSH agent.',
    });
  }
  return {
    names: [
      ...keys.map(({ file, problem }) => (problem === null ? file : `not ${file} (${problem})`)),
      ...(agentSocket === undefined ? [] : ['the SSH agent']),
    ],
    methods: (user) => [
      ...keys.flatMap(({ content, problem }) =>
        problem === null ? [{ type: 'publickey', username: user, key: content } as const] : [],
      ),
      ...(agentSocket === undefined ? [] : [{ type: 'agent', username: user, agent: agentSocket } as const]),
    ],
  };
}

/** @returns a problem in words, or null and a key that can sign */
function readKey(file: string): { content: Buffer; problem: string | null } {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return { content: Buffer.alloc(0), problem: 'it cannot be read' };
  }
  const parsed = ssh2.utils.parseKey(content);
  if (parsed instanceof Error) {
    const problem = /encrypted/i.test(parsed.message) ? 'it has a passphrase' : 'it is not a private key';
    return { content, problem };
  }
  if (!parsed.isPrivateKey()) return { content, problem: 'it is a public key' };
  return { content, problem: openToOthers(file) };
}

/** OpenSSH's rule: a key of another owner, such as a secret that root mounted, is that owner's matter. */
function openToOthers(file: string): string | null {
  const { uid, mode } = statSync(file);
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return null;
  return `other users may read it (mode ${(mode & 0o777).toString(8)}); take that away with: chmod 600 ${file}`;
}
