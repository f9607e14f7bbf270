import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { fail } from '../deployment/failures';
import { ChosenIdentities } from './chosen-identities';
import type { Login } from './config/login';
import { keyTypeOf } from './known-hosts';
import { WatchedAgent } from './watched-agent';

/** The files that OpenSSH tries too, in its order. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface Keys {
  methods(user: string): AnyAuthMethod[];
  /** The offered keys, for an error message: paths and "agent", never a key. */
  names: string[];
}

interface KeyFile {
  file: string;
  content: Buffer;
  /** Why the file itself cannot sign, in words; null: it can. */
  problem: string | null;
}

/**
 * The private keys to offer: the given files, else the user's usual ones; then the agent.
 * @throws InvalidInput for a given file that is missing, encrypted, no private key, or open to other users
 */
export function loadKeys(keyFiles: string[], agentSocket: string | undefined): Keys {
  const usual = USUAL_KEYS.map((name) => join(homedir(), '.ssh', name)).filter(existsSync);
  const keys = (keyFiles.length > 0 ? keyFiles : usual).map(readKey);
  const wrong = keys.find((key) => key.problem !== null);
  // An unusable key among the usual ones is the agent's business; one named on purpose is an error.
  if (keyFiles.length > 0 && wrong !== undefined) {
    throw fail('InvalidInput', `The SSH key ${wrong.file} cannot be used: ${wrong.problem}.`, {
      host: null,
      advice:
        'Name a readable private key in LANDFALL_SSH_KEY; one with a passphrase belongs in an SSH agent.',
    });
  }
  return offer(keys, agentSocket);
}

/**
 * The keys for one login: those of the controller's own setting, else those of OpenSSH's configuration.
 * @param given files of `LANDFALL_SSH_KEY`; empty: none
 * @throws as {@link loadKeys}
 */
export function keysFor(login: Login, given: string[]): Keys {
  const agent = login.agent ?? undefined;
  if (given.length > 0 || login.keyFiles === null) return loadKeys(given, agent);
  const keys = login.keyFiles.filter(existsSync).map(readKey);
  if (!login.identitiesOnly || agent === undefined) return offer(keys, agent);
  return offer(keys, agent, new ChosenIdentities(agent, keys.flatMap(publicKeysOf)));
}

/**
 * The public key of a method that a server has accepted, as a line of authorized_keys without a comment.
 * @returns null: no key was needed, or the agent does not tell which one signed
 */
export function identityOf(method: AnyAuthMethod | undefined): string | null {
  const key =
    method?.type === 'agent' && method.agent instanceof WatchedAgent
      ? method.agent.signedWith
      : method?.type === 'publickey'
        ? ssh2.utils.parseKey(method.key as Buffer)
        : null;
  if (key === null || key instanceof Error) return null;
  const wire = key.getPublicSSH();
  return `${keyTypeOf(wire)} ${wire.toString('base64')}`;
}

function offer(keys: KeyFile[], socket: string | undefined, chosen?: ChosenIdentities): Keys {
  // Windows has agents of other kinds.
  const watched = socket === undefined || process.platform === 'win32' ? socket : new WatchedAgent(socket);
  const agent = chosen ?? watched;
  return {
    names: [
      ...keys.map(({ file, problem }) => (problem === null ? file : `not ${file} (${problem})`)),
      ...(agent === undefined ? [] : ['the SSH agent']),
    ],
    // A server that knows who connects already, such as Tailscale's, wants no key.
    methods: (user) => [
      { type: 'none', username: user },
      ...keys.flatMap(({ content, problem }) =>
        problem === null ? [{ type: 'publickey', username: user, key: content } as const] : [],
      ),
      ...(agent === undefined ? [] : [{ type: 'agent', username: user, agent } as const]),
    ],
  };
}

/** The public halves that name a key of the agent: of the file itself, or of the file next to it. */
function publicKeysOf({ file, content }: KeyFile): ParsedKey[] {
  const beside = `${file}.pub`;
  const texts = [content, ...(existsSync(beside) ? [readFileSync(beside)] : [])];
  return texts.flatMap((text) => {
    const key = ssh2.utils.parseKey(text);
    return key instanceof Error ? [] : [key];
  });
}

function readKey(file: string): KeyFile {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return { file, content: Buffer.alloc(0), problem: 'it cannot be read' };
  }
  const parsed = ssh2.utils.parseKey(content);
  if (parsed instanceof Error) {
    const problem = /encrypted/i.test(parsed.message) ? 'it has a passphrase' : 'it is not a private key';
    return { file, content, problem };
  }
  if (!parsed.isPrivateKey()) return { file, content, problem: 'it is a public key' };
  return { file, content, problem: openToOthers(file) };
}

/** OpenSSH's rule: a key of another owner, such as a secret that root mounted, is that owner's matter. */
function openToOthers(file: string): string | null {
  const { uid, mode } = statSync(file);
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return null;
  return `other users may read it (mode ${(mode & 0o777).toString(8)}); take that away with: chmod 600 ${file}`;
}
