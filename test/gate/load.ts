/** Clients that load a port, in a process of their own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { PYTHON3 } from '../harness/python3';
import { gateTests, type InstanceOptions, Machine } from './instances';
import type { Way } from './stacks';

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
    this.process = spawn(PYTHON3, [join(gateTests, 'load.py'), String(port)], { stdio });
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

/** Two instances follow the first one while clients ask: no request fails, and each instance has answered. */
export async function followsUnderLoad(
  t: TestContext,
  each: Way,
  options: Pick<InstanceOptions, 'args'> = {},
): Promise<void> {
  const machine = await Machine.start(t);
  let old = await machine.launch('r0', each, { trial: true, ...options });
  await old.ready();
  const load = new Load(machine.port);
  await load.reaches('r0');
  for (const release of ['r1', 'r2']) {
    const next = await machine.launch(release, each, { trial: true, ...options });
    await next.ready();
    await load.reaches(release);
    const { code, left } = await old.stop();
    assert.deepEqual([code, left], [0, []]);
    old = next;
  }
  const outcome = await load.stop();
  t.diagnostic(`${outcome.failed.length} of ${outcome.requests} failed, slowest ${outcome.slowest} s`);
  assert.deepEqual(outcome.failed, []);
  assert.deepEqual(Object.keys(outcome.versions).sort(), ['r0', 'r1', 'r2']);
}
