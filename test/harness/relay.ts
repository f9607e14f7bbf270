import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A line to a host that can be cut, fall silent without a word, or be slow. */
export class Relay {
  private readonly sockets = new Set<Socket>();
  /** Whose words no longer arrive anywhere. */
  private readonly silent = new WeakSet<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param bytesPerSecond towards the host */
  static async to(target: { address: string; port: number }, bytesPerSecond?: number): Promise<Relay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const relay = new Relay(server, typeof address === 'object' && address !== null ? address.port : 0);
    server.on('connection', (near) => {
      const far = connect(target.port, target.address);
      relay.pass(near, far, bytesPerSecond);
      relay.pass(far, near);
    });
    return relay;
  }

  /** From now on nothing passes on the open connections, and neither end is told; new ones work as usual. */
  fallSilent(): void {
    for (const socket of this.sockets) this.silent.add(socket);
  }

  /** Ends every connection, as a reset. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Acts like a kernel after some hours: both ends forget connections that have fallen silent. */
  endSilent(): void {
    for (const socket of this.sockets) if (this.silent.has(socket)) socket.destroy();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private pass(from: Socket, to: Socket, bytesPerSecond = Number.POSITIVE_INFINITY): void {
    this.sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      // A line that has fallen silent does not even tell that the other end is gone.
      if (!this.silent.has(from)) to.destroy();
    });
    from.on('data', async (chunk) => {
      if (this.silent.has(from)) return;
      from.pause();
      to.write(chunk);
      await delay((chunk.length / bytesPerSecond) * 1000);
      from.resume();
    });
  }
}
