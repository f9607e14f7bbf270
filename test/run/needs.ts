/** The prerequisites of lanes, each made once and kept in the cache. */
import { ensureStacks } from '../gate/stacks';
import { ensureActionlint } from '../harness/actionlint';
import { ensureServer } from '../harness/cluster/build-server';
import { DOCKER_PROGRAMS, missingForDocker } from '../harness/docker/docker';
import { ensureStackPrograms } from '../harness/docker/stack-programs';
import { ensureTemporal } from '../harness/engine/build-temporal';
import { ensureBase, missingNeeds } from '../harness/hosts';
import { absent, installNeeds } from '../harness/hosts/needs';

export type Need = 'temporal' | 'actionlint' | 'stacks' | 'hosts' | 'server' | 'docker';

type Say = (line: string) => void;

const GET: Record<Need, (say: Say) => Promise<void>> = {
  temporal: async (say) => {
    say('Temporal: the development server that the tests run against.');
    say(`  ${await ensureTemporal(say)}`);
  },
  actionlint: async (say) => {
    await ensureActionlint(say);
  },
  server: async (say) => {
    say('A Temporal cluster: the server and the tool for its tables.');
    await ensureServer(say);
  },
  docker: async (say) => {
    if (!process.env.DOCKER_HOST) await installNeeds(say, DOCKER_PROGRAMS);
    const missing = missingForDocker();
    if (missing.length > 0)
      throw new Error(`The stack of docker-compose.yml runs here. ${missing.join('\n')}`);
    say("Docker: Temporal's server, the tool for its tables, and its UI, as docker-compose.yml names them.");
    await ensureStackPrograms(say);
  },
  stacks: async (say) => {
    say('The gate: virtual environments with the versions of Gunicorn and uvicorn that it is tried with.');
    await ensureStacks(say);
  },
  hosts: async (say) => {
    await installNeeds(say);
    const missing = await missingNeeds();
    if (missing.length > 0) throw new Error(`The tests boot real Debian hosts here. ${missing.join('\n')}`);
    say('Test hosts: Debian with systemd, sshd and PostgreSQL, built once and then booted in a second each.');
    say(`  ${await ensureBase(say)}`);
  },
};

/** Every lane starts these. */
const PROGRAMS = [
  { program: 'git', package: 'git', purpose: 'keeps the repositories that tests deploy' },
  { program: 'python3', package: 'python3', purpose: 'runs landfall-host' },
  { program: 'ssh-keygen', package: 'openssh-client', purpose: 'makes keys' },
];

/** A test of each says so where it is missing; in CI it has to be there. */
const SHELLS = [
  { program: 'zsh', package: 'zsh', purpose: 'completes commands with its script' },
  { program: 'fish', package: 'fish', purpose: 'completes commands with its script' },
];

/** The needs that are got while other tests run already. */
export class Needs {
  private readonly ready = new Set<Need>();
  private readonly open: Map<Need, Promise<void>>;

  /**
   * Begins to get them, all at the same time, and says what and why. Safe to run twice.
   * @param then is done once a need is there, before the tests that need it
   * @throws Error that names a program which every lane needs, and which is missing
   */
  static async begin(
    needs: readonly Need[],
    say: Say,
    then: Partial<Record<Need, () => Promise<void>>>,
  ): Promise<Needs> {
    await installNeeds(say, [...PROGRAMS, ...SHELLS]);
    const [missing] = absent(process.env.CI === 'true' ? [...PROGRAMS, ...SHELLS] : PROGRAMS);
    if (missing !== undefined)
      throw new Error(`${missing.program} is missing: install the Debian package ${missing.package}.`);
    return new Needs(new Set(needs), say, then);
  }

  private constructor(needs: ReadonlySet<Need>, say: Say, then: Partial<Record<Need, () => Promise<void>>>) {
    const get = async (need: Need) => {
      await GET[need](say);
      await then[need]?.();
      this.ready.add(need);
      this.open.delete(need);
    };
    this.open = new Map([...needs].map((need) => [need, get(need)]));
    // more() tells of a failure; until then, other tests run.
    for (const getting of this.open.values()) getting.catch(() => undefined);
  }

  has(need: Need): boolean {
    return this.ready.has(need);
  }

  /** Resolves when one more is there. @throws Error that names what is missing and cannot be got */
  async more(): Promise<void> {
    await Promise.race(this.open.values());
  }
}
