import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod } from 'ssh2';
import { fail } from '../failures';

/** The files that OpenSSH tries too, in its order. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface Keys {
  methods(user: string): AnyAuthMethod[];
  /** What was offered, for an error message: paths and "agent", never a key. */
  names: string[];
}

/**
 * The private keys to offer: the given files, else the user's usual ones; then the agent.
 * @throws InvalidInput for a file that is missing, encrypted, or no private key
 */
export function loadKeys(keyFiles: string[], agentSocket: string | undefined): Keys {
  const usual = USUAL_KEYS.map((name) => join(homedir(), '.ssh', name)).filter(existsSync);
  // An encrypted key among the usual ones is the agent's business; one named on purpose is an error.
  const keys = keyFiles.length > 0 ? keyFiles.map((file) => readKey(file)) : usual.flatMap(readUsableKey);
  const files = keyFiles.length > 0 ? keyFiles : usual;
  return {
    names: [...files, ...(agentSocket === undefined ? [] : ['the SSH agent'])],
    methods: (user) => [
      ...keys.map((key) => ({ type: 'publickey', username: user, key }) as const),
      ...(agentSocket === undefined ? [] : [{ type: 'agent', username: user, agent: agentSocket } as const]),
    ],
  };
}

function readKey(file: string): Buffer {
  const advice = 'Name a readable private key in LANDFALL_SSH_KEY; one with a passphrase belongs in an SSH agent.';
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    throw fail('InvalidInput', `The SSH key ${file} cannot be read.`, { host: null, advice });
  }
  const parsed = ssh2.utils.parseKey(content);
  if (parsed instanceof Error) {
    throw fail('InvalidInput', `The SSH key ${file} cannot be used: ${parsed.message}`, { host: null, advice });
  }
  return content;
}

function readUsableKey(file: string): Buffer[] {
  const content = readFileSync(file);
  return ssh2.utils.parseKey(content) instanceof Error ? [] : [content];
}
