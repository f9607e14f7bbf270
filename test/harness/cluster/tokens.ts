/** Who may do what in a cluster: tokens as an identity provider would sign them, and the keys that verify them. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Temporal's name for the right to everything. */
export const EVERYTHING = 'temporal-system:admin';

export class Tokens {
  private constructor(
    private readonly key: KeyObject,
    private readonly server: Server,
    /** Where a server finds the public key. */
    readonly keysUrl: string,
  ) {}

  static async start(): Promise<Tokens> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keys = {
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' }],
    };
    const server = createServer((_, response) => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(keys));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Tokens(privateKey, server, `http://127.0.0.1:${port}/keys.json`);
  }

  /** @param permissions such as `shop:write`: a namespace and a role in it */
  token(...permissions: string[]): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const until = Math.floor(Date.now() / 1000) + 24 * 3600;
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'test' })}.${part({ sub: 'test', exp: until, permissions })}`;
    return `${text}.${sign('sha256', Buffer.from(text), this.key).toString('base64url')}`;
  }

  stop(): void {
    this.server.close();
  }
}
