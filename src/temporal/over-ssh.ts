/** The connection to an engine that only its controller reaches: through the `ssh` of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControllerAddress, controllerText } from '../config/controller-address';
import { sshCommandLine } from '../ssh/command-line';
import { socketFolder, withoutSocket } from './line-socket';
import { sshProblem } from './ssh-problem';
import { ControllerUnreachable } from './unreachable';

/** The word that the controller's door takes for the engine. `landfall` lets an ordinary account do the same. */
const REMOTE_COMMAND = 'landfall engine';

/** The end of the output of ssh says why it failed. */
const COMPLAINT_KEPT = 4_000;

/**
 * A socket in a private directory that leads to the engine of a controller. Each connection is an `ssh` of its own, so
 * a lost connection is made again by whoever connects again. A port on loopback would be open to all local users.
 */
export class ControllerLine {
  /** Rejects when the first `ssh` ends before the engine has answered. */
  readonly refused: Promise<never>;
  private refuse: (why: Error) => void = () => undefined;
  private readonly running = new Set<ChildProcess>();
  private answered = false;

  private constructor(
    private readonly address: ControllerAddress,
    private readonly directory: string,
    private readonly server: Server,
  ) {
    this.refused = new Promise((_, reject) => {
      this.refuse = reject;
    });
    // The command that waits handles a refusal. Afterwards a refusal concerns no one.
    this.refused.catch(() => undefined);
    server.on('connection', (socket) => this.lead(socket));
    // A process that exits cannot wait.
    process.once('exit', () => this.close());
  }

  /**
   * Opens the socket. `ssh` starts with the first connection. Every line ends with this process.
   * @throws ControllerUnreachable on Windows
   */
  static async to(address: ControllerAddress): Promise<ControllerLine> {
    const missing = withoutSocket(process.platform);
    if (missing !== null) throw new ControllerUnreachable(missing);
    const folder = socketFolder({ runtime: process.env.XDG_RUNTIME_DIR, temporary: tmpdir() });
    const directory = mkdtempSync(join(folder, 'landfall-'));
    const server = createServer({ allowHalfOpen: false }).unref();
    const line = new ControllerLine(address, directory, server);
    server.listen(line.socketPath);
    await once(server, 'listening');
    return line;
  }

  get socketPath(): string {
    return join(this.directory, 'engine');
  }

  close(): void {
    this.server.close();
    for (const ssh of this.running) ssh.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private lead(socket: Socket): void {
    const ssh = spawn('ssh', sshArguments(this.address), { stdio: ['pipe', 'pipe', 'pipe'] });
    this.running.add(ssh);
    let complaint = '';
    ssh.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_KEPT);
    });
    ssh.stdout.once('data', () => {
      this.answered = true;
    });
    socket.pipe(ssh.stdin);
    // The end of ssh ends the socket, not the end of its output: its exit code says why.
    ssh.stdout.pipe(socket, { end: false });
    // Both ends may vanish at any time; the end of ssh says why.
    for (const stream of [socket, ssh.stdin, ssh.stdout]) stream.on('error', () => undefined);
    socket.on('close', () => ssh.kill());
    const over = (code: number | 'missing' | null) => {
      this.running.delete(ssh);
      socket.destroy();
      if (this.answered) return;
      this.refuse(
        new ControllerUnreachable([
          ...sshProblem(code, complaint, controllerText(this.address)),
          'Nothing was started.',
        ]),
      );
    };
    ssh.on('error', () => over('missing'));
    ssh.on('close', over);
  }
}

/** These options count first, so no configuration lets an unknown host pass, or asks a person. */
export function sshArguments(address: ControllerAddress): string[] {
  return sshCommandLine(address, REMOTE_COMMAND, [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'LogLevel=ERROR',
    // A connection that another program shares ends with that program.
    'ControlMaster=no',
    // With the interval, a silent connection is found within 45 seconds.
    'ServerAliveCountMax=3',
  ]);
}
