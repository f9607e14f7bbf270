import { randomUUID } from 'node:crypto';
import { Cluster } from '../harness/cluster';
import { CLUSTER_NAMESPACES } from '../harness/engine/warm';

/** More than any file has suites with an engine. */
const NAMESPACES_OF_A_FILE = 4;

/** The cluster that the files of a run share, each in namespaces of its own. */
export class ClusterOfRun {
  private cluster: Cluster | null = null;

  constructor(private readonly say: (line: string) => void) {}

  async start(): Promise<void> {
    this.cluster = await Cluster.start(this.say);
  }

  /** Variables with the namespaces of one file, and the identity that may use them. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const { cluster } = this;
    if (cluster === null) throw new Error('the cluster does not run');
    const names = Array.from({ length: NAMESPACES_OF_A_FILE }, () => `test-${randomUUID()}`);
    for (const name of names) await cluster.createNamespace(name);
    return { [CLUSTER_NAMESPACES]: JSON.stringify(names.map((name) => cluster.settingsFor(name))) };
  }

  async stop(): Promise<void> {
    await this.cluster?.stop();
  }
}
