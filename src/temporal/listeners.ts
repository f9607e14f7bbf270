import { readFile } from 'node:fs/promises';

/** The kernel's number for a socket that listens (include/net/tcp_states.h). */
const LISTENS = '0A';

/** Addresses that take connections to 127.0.0.1, in the kernel's notation on little- and big-endian machines. */
const LOOPBACK = new Set([
  '0100007F',
  '7F000001',
  '00000000',
  '00000000000000000000000000000000',
  '0000000000000000FFFF00000100007F',
  '00000000000000000000FFFF7F000001',
]);

/**
 * The users whose processes listen on a port of 127.0.0.1.
 * @returns null where the system does not tell (no /proc)
 */
export async function listenersOn(port: number): Promise<Set<number> | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => null)),
  );
  if (tables[0] === null) return null;
  return new Set(tables.flatMap((table) => (table === null ? [] : ownersIn(table, port))));
}

/** Pure. @param table as /proc/net/tcp, proc(5) */
export function ownersIn(table: string, port: number): number[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , user] = line.trim().split(/\s+/);
    const [address = '', hexPort = ''] = local.split(':');
    const isIt = state === LISTENS && LOOPBACK.has(address) && Number.parseInt(hexPort, 16) === port;
    return isIt && user !== undefined ? [Number(user)] : [];
  });
}
