/** The two files that say which keys open the door, and changes of them. Pure. */
import { isMap, parseDocument } from 'yaml';
import { ExpectedError } from '../../text/expected-error';
import { type KeyPolicy, parsePolicy } from './policy';
import { hasBlob, keyLine, namedKeys, type PublicKey, withoutKey } from './public-key';

export interface DoorFiles {
  authorizedKeys: string;
  policy: string;
}

/** A service as policy.yaml has it, for a policy that does not have it yet. */
export interface NewService {
  name: string;
  repository: string;
  path: string | null;
  environments: Record<string, { hosts: string[] }>;
}

/**
 * The files with a new key. A name that is there gets the new key and the new list.
 * @throws ExpectedError for a key that another line has: sshd takes the first line that fits
 */
export function withKey(
  { authorizedKeys, policy }: DoorFiles,
  added: { name: string; key: PublicKey; may: KeyPolicy; services: NewService[] },
): DoorFiles {
  const { name, key, may, services } = added;
  const others = withoutKey(authorizedKeys, name);
  if (hasBlob(others, key)) {
    const owner = namedKeys(others).find((one) => one.key.blob === key.blob)?.name;
    throw new ExpectedError([
      `This public key is there already${owner === undefined ? ', in a line that is not of Landfall' : `, as ${owner}`}. Nothing was changed.`,
      'Make a key of its own: ssh-keygen -t ed25519 -f FILE',
    ]);
  }
  const document = parseDocument(policy);
  for (const { name: service, ...written } of services) {
    const { path, ...rest } = written;
    document.setIn(['services', service], document.createNode(path === null ? rest : { ...rest, path }));
  }
  const { operator, ...lists } = may;
  document.setIn(['keys', name], document.createNode(operator ? { operator } : lists));
  for (const place of ['keys', 'services']) {
    const node = document.get(place, true);
    if (isMap(node)) node.flow = false;
  }
  const text = String(document);
  parsePolicy('policy.yaml', text);
  return { authorizedKeys: `${others}${keyLine(name, key)}\n`, policy: text };
}

/** The files without a key. The policy keeps its services. */
export function withoutNamedKey({ authorizedKeys, policy }: DoorFiles, name: string): DoorFiles {
  const document = parseDocument(policy);
  if (document.hasIn(['keys', name])) document.deleteIn(['keys', name]);
  return { authorizedKeys: withoutKey(authorizedKeys, name), policy: String(document) };
}
