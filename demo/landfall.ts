import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';
import { freePort } from '../src/temporal/free-port';
import type { DemoHost } from './host';

/** The command as built; an installed Landfall calls it `landfall`. */
export const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');

/** Runs a command as a person would, its output going straight to the terminal. @returns its exit code */
export async function show(args: string[], spelled: string, env: NodeJS.ProcessEnv): Promise<number> {
  process.stdout.write(`$ ${spelled}\n`);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  return code;
}

interface Options {
  folder: string;
  host: DemoHost;
  temporal: string;
  say: (line: string) => void;
}

/** `landfall dev`, as a process of its own. */
export class DevEngine {
  private constructor(
    private readonly child: ChildProcess,
    readonly env: NodeJS.ProcessEnv,
    readonly uiUrl: string,
  ) {}

  static async start({ folder, host, temporal, say }: Options): Promise<DevEngine> {
    const [port, uiPort] = [await usualOrFree(7233), await usualOrFree(8233)];
    const { PATH, HOME } = process.env;
    const uiUrl = `http://127.0.0.1:${uiPort}`;
    const env = {
      PATH,
      HOME,
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      LANDFALL_UI: uiUrl,
      LANDFALL_STATE: folder,
      LANDFALL_SSH_KEY: host.keyFile,
      LANDFALL_KNOWN_HOSTS: host.knownHostsFile,
    };
    const args = [CLIENT, 'dev', '--port', String(port), '--ui-port', String(uiPort), '--temporal', temporal];
    say(`$ landfall dev --port ${port} --ui-port ${uiPort}`);
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close').then(([code]) => {
      throw new Error(`landfall dev ended with ${code}`);
    });
    await Promise.race([ended, saysThatItIsReady(child, say)]);
    ended.catch(() => undefined);
    return new DevEngine(child, env, uiUrl);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGINT');
    await once(this.child, 'close');
  }
}

async function saysThatItIsReady(child: ChildProcess, say: (line: string) => void): Promise<void> {
  for await (const chunk of child.stdout ?? []) {
    say(String(chunk).trimEnd());
    if (String(chunk).includes('Worker: ready')) break;
  }
  // Read on, so that it never waits for a full pipe.
  child.stdout?.resume();
}

/** The usual port, or a free one when another process has it already. */
function usualOrFree(usual: number): Promise<number> {
  return freePort(usual).catch(() => freePort());
}
