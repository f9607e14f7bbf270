/** Starts a host and waits until people can log in. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { poll } from '../../../src/timing/poll';
import { initBelow, isAlive, type ProcessId, processId } from './processes';
import { type HostSpec, hostFiles } from './spec';

/** A whole boot takes about a second; four at once on two processors, four. */
const bootLimitSeconds = 60;

/**
 * Starts the supervisor and returns the guard: its parent, which ends with it and it with the
 * guard. Everything of the host ends with either.
 */
export function spawnSupervisor(state: string, spec: HostSpec): ProcessId {
  const files = hostFiles(state);
  const log = openSync(files.log, 'a');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const supervisor = [process.execPath, join(__dirname, 'supervisor.js'), state];
  const child = spawn('unshare', [...namespaces, ...supervisor], {
    stdio: [spec.detached ? 'ignore' : 'pipe', log, log],
    // Not in our process group: a Ctrl-C must not reach it before it has cleaned up.
    detached: true,
    cwd: '/',
  });
  closeSync(log);
  // A program that forgets to stop its hosts may still end; they end with it.
  child.unref();
  (child.stdin as Socket | null)?.unref();
  const guard = child.pid === undefined ? null : processId(child.pid);
  if (guard === null) throw new Error('Could not start unshare: install the Debian package util-linux.');
  writeFileSync(files.guard, JSON.stringify(guard));
  return guard;
}

/** Waits until sshd answers and users may log in. Returns the host's process 1. */
export async function waitForLogin(state: string, spec: HostSpec, guard: ProcessId): Promise<ProcessId> {
  const look = async () => {
    if (!isAlive(guard)) return 'ended';
    const init = initBelow(guard);
    if (init === null || !(await greets(spec.address, spec.port))) return null;
    // While this file is there, sshd turns everybody but root away.
    return existsSync(`/proc/${init.pid}/root/run/nologin`) ? null : init;
  };
  const found = await poll(look, { pause: 20, limit: bootLimitSeconds * 1000 });
  if (found !== null && found !== 'ended') return found;
  const log = existsSync(hostFiles(state).log) ? readFileSync(hostFiles(state).log, 'utf8') : '';
  throw new Error(
    `${spec.name} (${spec.address}) did not boot. Its console ended with:\n${log.slice(-3000)}`,
  );
}

/** Cuts the power. Resolves when no process of the host runs; its supervisor then boots it again. */
export async function cutPower(guard: ProcessId): Promise<void> {
  const init = initBelow(guard);
  if (init === null) return;
  process.kill(init.pid, 'SIGKILL');
  // The kernel lets an init go only when everything below it has ended.
  await poll(async () => !isAlive(init) || null, { pause: 5 });
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('SSH-')));
    socket.once('timeout', () => settle(false));
    socket.once('end', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
