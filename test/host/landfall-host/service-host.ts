import assert from 'node:assert/strict';
/**
 * A real host with landfall-host set up for one service. Its `call` sends a request exactly as the worker does: over
 * SSH, as the deploying user, through sudo.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Answer, resultCheck, type SetupAnswer, type Verb } from '../../../src/contract/answers';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Claim, HelperError, Policy, Setup, Verbs } from '../../../src/contract/contract-types';
import { SETUP_BOOTSTRAP } from '../../../src/host-agent/bootstrap';
import { helperSource as readHelperSource } from '../../../src/host-agent/helper-source';
import { packageRoot } from '../../../src/package-root';
import { startHost, type TestHost } from '../../harness/hosts';

export const helperSource = readHelperSource();
export const judgeSource = readFileSync(join(packageRoot(), 'host', 'landfall_gate', 'judge.py'), 'utf8');
export const rehearseSource = readFileSync(join(packageRoot(), 'host', 'rehearse.py'), 'utf8');

export const policy: Policy = {
  service: 'shop',
  user: 'shop',
  deployUser: 'deploy',
  base: '/srv/shop',
  envFiles: ['/etc/shop.env'],
  unit: 'shop.service',
};

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class ServiceHost {
  private readonly sockets = mkdtempSync(join(tmpdir(), 'landfall-ssh-'));

  constructor(readonly host: TestHost) {}

  /** Boots a host and sets it up for `policy`. */
  static async start(): Promise<ServiceHost> {
    const service = new ServiceHost(await startHost());
    try {
      await service.applied();
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.ssh('deploy', '', Buffer.alloc(0), ['-O', 'exit']);
    rmSync(this.sockets, { recursive: true, force: true });
    await this.host.stop();
  }

  /** Cuts the power and boots again; the shared SSH connection is dead then. */
  async powerLoss(): Promise<void> {
    await this.host.powerLoss();
    await this.ssh('deploy', '', Buffer.alloc(0), ['-O', 'exit']);
  }

  /** Runs a command over SSH with this standard input. */
  ssh(user: string, command: string, input: Buffer, more: string[] = []): Promise<Ended> {
    const options = ['BatchMode=yes', `UserKnownHostsFile=${this.host.knownHostsFile}`, 'LogLevel=ERROR'];
    options.push('ControlMaster=auto', `ControlPath=${this.sockets}/%r`, 'ControlPersist=60');
    const argv = ['-i', this.host.keyFile, '-p', String(this.host.port)];
    for (const option of options) argv.push('-o', option);
    return finish('ssh', [...argv, ...more, `${user}@${this.host.address}`, command], input);
  }

  /** Sends raw bytes to the helper and reads its answer. */
  async raw(input: Buffer): Promise<Answer<Verb>> {
    const ended = await this.ssh('deploy', `sudo -n ${HELPER_PATH}`, input);
    if (ended.code !== 0 || ended.stdout.split('\n').length !== 2) {
      throw new Error(`no answer: ${JSON.stringify(ended)}`);
    }
    return JSON.parse(ended.stdout) as Answer<Verb>;
  }

  async ask<V extends Verb>(verb: V, fields: Verbs[V]['request'], payload?: Buffer): Promise<Answer<V>> {
    const line = JSON.stringify({ protocol: PROTOCOL, verb, service: policy.service, ...fields });
    return (await this.raw(
      Buffer.concat([Buffer.from(`${line}\n`), payload ?? Buffer.alloc(0)]),
    )) as Answer<V>;
  }

  /** The result of a request that must succeed. */
  async call<V extends Verb>(
    verb: V,
    fields: Verbs[V]['request'],
    payload?: Buffer,
  ): Promise<Verbs[V]['result']> {
    const answer = await this.ask(verb, fields, payload);
    if (!answer.ok) throw new Error(`${verb}: ${JSON.stringify(answer.error)}`);
    // An honest answer is believed whole.
    assert.deepEqual(resultCheck(verb).parse(answer.result), answer.result);
    return answer.result;
  }

  /** The error of a request that must be refused. */
  async refused<V extends Verb>(
    verb: V,
    fields: Verbs[V]['request'],
    payload?: Buffer,
  ): Promise<HelperError> {
    const answer = await this.ask(verb, fields, payload);
    if (answer.ok) throw new Error(`${verb} was not refused: ${JSON.stringify(answer.result)}`);
    return answer.error;
  }

  async setup(more: Partial<Setup['request']>): Promise<SetupAnswer> {
    const fields = { policy, apply: true, authorizedKey: null, bytes: helperSource.length, ...more };
    const line = JSON.stringify({ protocol: PROTOCOL, verb: 'setup', ...fields });
    const input = Buffer.concat([Buffer.from(`${line}\n`), helperSource]);
    const ended = await this.ssh('root', `/usr/bin/python3 -I -c '${SETUP_BOOTSTRAP}'`, input);
    if (ended.code !== 0) throw new Error(`no answer: ${JSON.stringify(ended)}`);
    return JSON.parse(ended.stdout) as SetupAnswer;
  }

  async applied(): Promise<void> {
    const answer = await this.setup({});
    if (!answer.ok) throw new Error(`setup: ${JSON.stringify(answer.error)}`);
  }

  /** Claims the host for a new run; `claim(1)` is then the claim of its first live change. */
  async claimed(run: string): Promise<(seq: number, attempt?: number) => Claim> {
    const { fence } = await this.call('claim', {
      run,
      engine: 'engine-a',
      commit: 'c0ffee1c0ffee1c0ffee1c0ffee1c0ffee1c0ffe',
      by: 'tests',
      takeOver: true,
    });
    return (seq, attempt = 1) => ({ fence, run, seq, attempt });
  }

  /** Stages a release made of these files. */
  async staged(claim: Claim, content: string, files: Files, shared: string[] = []): Promise<string> {
    const { release } = await this.call(
      'stage',
      stageRequest(claim, content, archive(files), shared),
      archive(files),
    );
    if (release === null) throw new Error('nothing was staged');
    return release;
  }

  /** The output of a shell command as root; it must succeed. */
  async root(command: string): Promise<string> {
    const ran = await this.host.root(command);
    if (ran.code !== 0) throw new Error(`${command}: ${ran.stderr}`);
    return ran.stdout.trim();
  }
}

export function stageRequest(claim: Claim, content: string, tar: Buffer, shared: string[] = []) {
  const sha256 = createHash('sha256').update(tar).digest('hex');
  return { claim, commit: 'c0ffee1c0ffee1', content, shared, bytes: tar.length, sha256 };
}

/** Asks for the environment of these requirement files. */
export function environmentRequest(
  claim: Claim,
  release: string,
  files: string[],
  python = 'python3',
): Verbs['environment']['request'] {
  return { claim, release, kind: 'shared', tool: 'requirements', files, groups: [], extras: [], python };
}

/** Name to content; a member that is not a plain file is written out. */
export type Files = Record<string, string | Member>;

export interface Member {
  /** tar's type: `0` file, `1` hard link, `2` symlink, `3` device, `5` directory, `6` FIFO. */
  type: string;
  link?: string;
  mode?: number;
  /** Of a plain file. */
  content?: string;
}

/** A gzipped tar with exactly these members, also those that no tar program would write. */
export function archive(files: Files): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, file] of Object.entries(files)) {
    const content = Buffer.from(typeof file === 'string' ? file : (file.content ?? ''));
    blocks.push(tarHeader(name, typeof file === 'string' ? { type: '0' } : file, content.length), content);
    blocks.push(Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export function tarHeader(name: string, member: Member, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write((member.mode ?? (member.type === '5' ? 0o755 : 0o644)).toString(8).padStart(7, '0'), 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write('00000000000', 136);
  block.write('        ', 148);
  block.write(member.type, 156);
  block.write(member.link ?? '', 157);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function finish(program: string, argv: string[], input: Buffer): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => out.push(data));
    child.stderr.on('data', (data: Buffer) => err.push(data));
    child.on('error', reject);
    // A request that is refused early is answered before all of its bytes were read.
    child.stdin.on('error', () => undefined);
    // Not the child's `close`: the first ssh leaves a master behind that keeps standard error open.
    const exited = new Promise<number | null>((done) => child.on('exit', done));
    const read = new Promise<void>((done) => child.stdout.on('end', done));
    Promise.all([exited, read]).then(([code]) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    }, reject);
    child.stdin.end(input);
  });
}
