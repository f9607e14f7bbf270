import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One connection over which a test sends what it wants, when it wants. */
export class Client {
  private received = '';
  private readonly end: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
    });
    socket.on('error', () => {});
    this.end = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Client(socket);
  }

  async ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    this.send(path, headers);
    return this.answer();
  }

  send(path: string, headers: Record<string, string> = {}): void {
    const lines = Object.entries({ Host: 'shop.example', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  /** The next answer; fails when the connection ends before it. */
  async answer(): Promise<Answer> {
    for (;;) {
      const parsed = this.parse();
      if (parsed !== null) return parsed;
      if (this.socket.closed) throw new Error(`closed after ${JSON.stringify(this.received)}`);
      await this.more();
    }
  }

  /** Becomes a WebSocket; what comes then is in `pending`. */
  async upgrade(path: string): Promise<void> {
    const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
    this.send(path, { Connection: 'Upgrade', Upgrade: 'websocket', 'Content-Length': '0', ...key });
    while (!this.received.startsWith('HTTP/1.1 101') || !this.received.endsWith('\r\n\r\n'))
      await this.more();
    this.received = '';
  }

  /** The other side has closed it. */
  closed(): Promise<void> {
    return within(this.end);
  }

  /** Bytes that have come and were not asked for yet. */
  get pending(): string {
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }

  private more(): Promise<void> {
    return within(
      new Promise<void>((resolve) => {
        this.socket.once('data', () => resolve());
        this.end.then(resolve);
      }),
    );
  }

  private parse(): Answer | null {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [first = '', ...lines] = this.received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const rest = this.received.slice(end + 4);
    const done =
      headers['content-length'] === undefined
        ? /^(?:.*\r\n)?0\r\n\r\n/s.exec(rest)?.[0].length
        : Number(headers['content-length']);
    if (done === undefined || rest.length < done) return null;
    this.received = rest.slice(done);
    return { status: Number(first.split(' ')[1]), headers, body: rest.slice(0, done) };
  }
}

/** A test that waits longer for an answer has failed. */
const LIMIT_SECONDS = 20;

async function within(what: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${LIMIT_SECONDS} s`)), LIMIT_SECONDS * 1000);
  });
  await Promise.race([what, late]).finally(() => clearTimeout(timer));
}

/** One request over a connection of its own. */
export async function get(port: number, path: string): Promise<Answer> {
  const client = await Client.open(port);
  try {
    return await client.ask(path, { Connection: 'close' });
  } finally {
    client.close();
  }
}
