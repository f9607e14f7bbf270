/** One host, engine and worker, on which the projects of the zoo are deployed one after the other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Answer, answerAt } from '../harness/answer';
import { Controller } from '../harness/controller';
import { type WarmEngine, warmEngine } from '../harness/engine/warm';
import { startHost, type TestHost } from '../harness/hosts';
import { Repository } from '../harness/repository';
import type { Ran } from '../harness/run-command';

export const ENVIRONMENT = 'production';

export class Zoo {
  private readonly folder = mkdtempSync(join(tmpdir(), 'landfall-zoo-'));
  private used = 0;

  private constructor(
    readonly host: TestHost,
    private readonly engine: WarmEngine,
    private readonly controller: Controller,
  ) {}

  static async open(): Promise<Zoo> {
    const host = await startHost({ kind: 'full-sudo', diskMegabytes: 3072 });
    const engine = await warmEngine();
    const controller = new Controller(engine, {
      keyFile: host.keyFile,
      knownHostsFile: host.knownHostsFile,
      allowedUrls: ['127.0.0.1', host.address],
    });
    await controller.startWorker();
    return new Zoo(host, engine, controller);
  }

  /** A project in a repository of its own, on a port of its own. */
  admit(project: string, service: string): Resident {
    this.used += 1;
    return new Resident(this, this.controller, {
      service,
      project,
      port: 8000 + this.used,
      file: join(this.folder, `${service}.yaml`),
    });
  }

  async close(): Promise<void> {
    await this.controller.stop();
    await this.engine.stop();
    await this.host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Place {
  service: string;
  /** Folder below `projects/`. */
  project: string;
  port: number;
  /** Its landfall.yaml. */
  file: string;
}

/** A project of the zoo while it is tried. */
export class Resident {
  readonly repository: Repository;

  constructor(
    readonly zoo: Zoo,
    private readonly controller: Controller,
    readonly place: Place,
  ) {
    this.repository = new Repository(join('test', 'zoo', 'projects', place.project));
  }

  /** Writes the shortest landfall.yaml, with the row's own lines. */
  configure(own: Record<string, unknown>): void {
    const { address, port, user } = this.zoo.host;
    const config = {
      service: this.place.service,
      repository: this.repository.directory,
      environments: {
        [ENVIRONMENT]: {
          hosts: [{ name: 'zoo', address, port, user, bind: `${address}:${this.place.port}` }],
        },
      },
      ...own,
    };
    writeFileSync(this.place.file, stringify(config));
  }

  landfall(command: string, ...args: string[]): Promise<Ran> {
    return this.controller.run([
      command,
      ...(command === 'setup' ? ['zoo', '--yes'] : [this.place.service]),
      '--env',
      ENVIRONMENT,
      '--config',
      this.place.file,
      ...args,
    ]);
  }

  url(path: string): string {
    return `http://${this.zoo.host.address}:${this.place.port}${path}`;
  }

  ask(path: string): Promise<Answer> {
    return answerAt(this.url(path));
  }

  /** Stops all of its units, and forgets its repository. */
  async leave(): Promise<void> {
    const { service } = this.place;
    await this.zoo.host.root(`systemctl stop --no-block '${service}*'`);
    this.repository.remove();
  }
}
