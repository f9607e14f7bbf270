/**
 * How long `landfall deploy` takes to its first request to the engine, with any versions of Node:
 * `node build/bench/start-up.js [NODE...]`. The time of a processor is told, too, because it hardly depends on
 * the rest of the machine's work.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledFolder } from '../src/cli/kept-compilation';
import { COMMAND } from '../src/package/contents';
import { packageRoot } from '../src/package-root';

const ROUNDS = 11;
/** Linux counts the time of processes in hundredths of a second. */
const TICK_MILLISECONDS = 10;

const DEPLOY = ['deploy', 'shop', '--env', 'production', '--ref', 'main'];
const PACKAGE = join(packageRoot(), COMMAND);
const CHECKOUT = join(packageRoot(), 'build', 'src', 'client.js');

interface Start {
  wall: number;
  processor: number;
}

/** Of Node alone: nothing starts faster. */
function bareStart(node: string): Start {
  const began = performance.now();
  const usage = execFileSync(node, ['-p', 'JSON.stringify(process.cpuUsage())'], { encoding: 'utf8' });
  const { user, system } = JSON.parse(usage);
  return { wall: performance.now() - began, processor: (user + system) / 1_000 };
}

/** A deploy that finds no engine: at its end, the package keeps what V8 has compiled. */
function warm(node: string, folder: string): void {
  const env = { PATH: process.env.PATH, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  spawnSync(node, [PACKAGE, ...DEPLOY], { cwd: folder, env });
}

/** Starts a deploy, and ends it with its first bytes to the engine. */
function startOf(node: string, script: string, engine: Server, folder: string): Promise<Start> {
  const address = engine.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const env = { PATH: process.env.PATH, HOME: folder, TEMPORAL_ADDRESS: `127.0.0.1:${address.port}` };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const client = spawn(node, [script, ...DEPLOY], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    client.once('error', reject);
    client.once('exit', (code) => reject(new Error(`${script} ended with ${code} before its first request`)));
    engine.once('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        resolve({ wall: performance.now() - began, processor: processorTime(client.pid ?? 0) });
        client.kill('SIGKILL');
      });
    });
  });
}

function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function report(name: string, start: () => Promise<Start>): Promise<void> {
  const starts: Start[] = [];
  while (starts.length < ROUNDS) starts.push(await start());
  const wall = median(starts.map((one) => one.wall));
  const processor = median(starts.map((one) => one.processor));
  console.log(`  ${name}: ${wall.toFixed(0)} ms, ${processor.toFixed(0)} ms of a processor`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-start-up-'));
  const hosts = 'environments:\n  production:\n    hosts: [web1.example.com]\n';
  const service = 'service: shop\nrepository: https://git.example.com/shop.git\n';
  writeFileSync(join(folder, 'landfall.yaml'), `${service}${hosts}`);
  const engine = createServer().listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const nodes = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath];
  for (const node of nodes) {
    console.log(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim());
    await report('Node alone', () => Promise.resolve(bareStart(node)));
    await report('a checkout', () => startOf(node, CHECKOUT, engine, folder));
    rmSync(compiledFolder() ?? folder, { recursive: true, force: true });
    await report('a package, first start', () => startOf(node, PACKAGE, engine, folder));
    warm(node, folder);
    await report('a package, later', () => startOf(node, PACKAGE, engine, folder));
  }
  engine.close();
  rmSync(folder, { recursive: true });
}

void main();
