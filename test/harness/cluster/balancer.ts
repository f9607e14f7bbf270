import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One address for several servers, as a load balancer gives it: a connection goes to the next one that answers. */
export class Balancer {
  private next = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly targets: { host: string; port: number }[],
    readonly address: string,
  ) {
    server.on('connection', (near) => this.pass(near, targets.length));
  }

  static async to(targets: { host: string; port: number }[]): Promise<Balancer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Balancer(server, targets, `127.0.0.1:${port}`);
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private pass(near: Socket, tries: number): void {
    const target = this.targets[this.next++ % this.targets.length];
    if (target === undefined || tries === 0) {
      near.destroy();
      return;
    }
    near.on('error', () => undefined);
    const far = connect(target);
    far.once('connect', () => {
      for (const socket of [near, far]) this.sockets.add(socket);
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
      for (const socket of [near, far]) socket.once('close', () => this.sockets.delete(socket));
    });
    let connected = false;
    far.once('connect', () => {
      connected = true;
    });
    far.once('error', () => (connected ? near.destroy() : this.pass(near, tries - 1)));
    far.on('error', () => undefined);
  }
}
