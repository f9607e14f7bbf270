/** Clients that load a port, in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gateTests } from './instances';

export interface Outcome {
  requests: number;
  failed: object[];
  slowest: number;
  versions: Record<string, number>;
}

/** Clients that never retry, until they are told to stop. */
export class Load {
  private readonly lines: string[] = [];
  private readonly process;
  private readonly reader;
  private readonly ended;

  constructor(port: number) {
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
    this.process = spawn('python3', [join(gateTests, 'load.py'), String(port)], { stdio });
    this.reader = createInterface({ input: this.process.stdout });
    this.reader.on('line', (line) => this.lines.push(line));
    this.ended = once(this.process, 'close');
  }

  /** Waits until a release has answered many times. */
  async reaches(release: string): Promise<void> {
    const wanted = JSON.stringify({ answered: release });
    while (!this.lines.some((line) => line.replace(' ', '') === wanted)) await once(this.reader, 'line');
  }

  async stop(): Promise<Outcome> {
    this.process.stdin.end();
    await this.ended;
    return JSON.parse(this.lines.at(-1) ?? '');
  }
}
