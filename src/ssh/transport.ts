/** The byte stream that carries an SSH connection: a socket, a tunnel through another machine, or a command. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf, shortened } from '../text/safe-text';
import type { Login } from './config/login';
import { notForwarded, unreachable } from './connect-failures';
import type { Connection, Transport } from './connection';
import { ForwardingForbidden, openTunnel } from './forward';

/** Node gives the first address of a name 250 ms, which is short for a line over a satellite. */
const NEXT_ADDRESS_MS = 1_500;

const MOST_SAID = 300;
const LAST_WORDS_MS = 1_000;

/**
 * @param jump opens the connection to the machine in between
 * @throws AuthRejected when that machine forbids the tunnel; HostUnreachable when it cannot reach the host; what `jump` throws
 */
export async function openTransport(
  login: Login,
  jump: (via: Login) => Promise<Connection>,
): Promise<Transport> {
  const { via, proxyCommand, hostname, port, family } = login;
  if (proxyCommand !== null) return throughCommand(proxyCommand);
  if (via !== null) return { stream: await throughJump(login, via, await jump(via)), said: async () => '' };
  const stream = connect({
    host: hostname,
    port,
    ...(family !== null && { family }),
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    // Without noDelay each small request waits for a delayed acknowledgement: 42 ms instead of 4.
    noDelay: true,
  });
  return { stream, said: async () => '' };
}

async function throughJump(login: Login, via: Login, connection: Connection): Promise<Duplex> {
  try {
    return connection.carry(await openTunnel(connection, { host: login.hostname, port: login.port }));
  } catch (error) {
    if (error instanceof ForwardingForbidden) throw notForwarded(login, via);
    throw unreachable(login, error instanceof Error ? error : new Error(String(error)));
  }
}

/** As OpenSSH runs a `ProxyCommand`: by a shell, which the command replaces. */
function throughCommand(command: string): Transport {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-10 * MOST_SAID);
  });
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.once('error', (error) => stream.destroy(error));
  // The end of its input ends most commands, and lets them say why.
  stream.once('close', () => setTimeout(() => child.kill(), LAST_WORDS_MS).unref());
  const ended = once(child, 'close').catch(() => undefined);
  return {
    stream,
    // Its last words come after the end of the connection. A command that ignores its end is not waited for.
    said: async () => {
      await Promise.race([ended, pause(LAST_WORDS_MS, undefined, { ref: false })]);
      return shortened(linesOf(said.trim()).join(' / '), MOST_SAID);
    },
  };
}
