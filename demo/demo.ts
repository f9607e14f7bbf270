/**
 * `npm run demo`: Landfall's main job, for real, on this machine. One test host, the embedded
 * engine, four deploys: two good ones, one that its own workers refuse, one that is rolled back.
 * The host is in a container with `--docker`, and where systemd-nspawn or root is missing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ensureTemporal } from '../test/harness/engine/build-temporal';
import { missingNeeds } from '../test/harness/hosts';
import { installNeeds } from '../test/harness/hosts/needs';
import { Repository } from '../test/harness/repository';
import { bootHost, type DemoHost, hasDocker, startContainer } from './host';
import { CLIENT, DevEngine, show } from './landfall';
import { placeOf } from './place';
import { leaksConnections, unreachableDatabase, withVersion } from './versions';

interface Options {
  keep: boolean;
  docker: boolean;
  /** The image that the host's image begins with; null: debian:12 of the registry. */
  debian: string | null;
}

async function demo({ keep, docker, debian }: Options): Promise<void> {
  if (!docker) await installNeeds(say);
  const missing = docker ? [] : await missingNeeds();
  const place = placeOf({ wantsDocker: docker, missing, hasDocker: await hasDocker() });
  if (place.runs === null) {
    say('The demo boots a real Debian with systemd on this machine. For that it needs:');
    for (const need of place.missing) say(`  - ${need}`);
    process.exitCode = 1;
    return;
  }
  for (const need of place.runs === 'docker' ? missing : []) say(`In Docker, because: ${need}`);
  const folder = mkdtempSync(join(tmpdir(), 'landfall-demo-'));
  const repository = new Repository();
  let host: DemoHost | null = null;
  let engine: DevEngine | null = null;
  try {
    say('The engine is Temporal; its executable is found or built once, into the cache.');
    const temporal = await ensureTemporal(say);
    host = await (place.runs === 'docker' ? startContainer(debian, say) : bootHost(say));
    const config = writeConfig(folder, repository, host);
    engine = await DevEngine.start({ folder, host, temporal, say });
    await story({ host, repository, config, env: engine.env });
    say(`\nEvery step of the four deploys, in the Temporal UI: ${engine.uiUrl}`);
    if (keep) {
      say(`The service: ${host.url}/   (Ctrl-C ends the engine and the host)`);
      await new Promise((resolve) => process.once('SIGINT', resolve));
    } else {
      say('Engine and host are taken down now; npm run demo -- --keep leaves them running.');
    }
  } finally {
    await engine?.stop();
    await host?.stop();
    repository.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Scene {
  host: DemoHost;
  repository: Repository;
  config: string;
  env: NodeJS.ProcessEnv;
}

async function story({ host, repository, config, env }: Scene): Promise<void> {
  const landfall = (...args: string[]) =>
    show([CLIENT, ...args, '--env', 'production', '--config', config], `landfall ${args.join(' ')}`, env);
  const deploy = async (title: string, files: Record<string, string>, expected: number) => {
    const commit = repository.commit(title, files);
    say(`\n━━ ${title}`);
    const code = await landfall('deploy', 'shop', '--ref', commit);
    if (code !== expected) throw new Error(`that deploy was expected to end with ${expected}, not ${code}`);
    say(`\nexit code ${code};  GET / → ${await get(host, '/')}`);
  };

  say('\n━━ What root does once on the host');
  if ((await landfall('setup', host.name, '--yes')) !== 0) throw new Error('the host could not be set up');
  say('\n━━ The secrets, where only root and systemd read them');
  say('$ cat > /etc/shop/env   (DATABASE_URL=…)');
  const written = await host.root('cat > /etc/shop/env', { input: `DATABASE_URL=${host.databaseUrl}\n` });
  if (written.code !== 0) throw new Error(`/etc/shop/env could not be written: ${written.stderr}`);

  await deploy('Version 1', withVersion('1'), 0);
  await deploy('Version 2', withVersion('2'), 0);
  await deploy(
    'Version 3 imports, but cannot reach its database: its workers never listen, and users notice nothing',
    unreachableDatabase('3'),
    2,
  );
  await deploy(
    'Version 4 is ready at first, but gives no database connection back: the soak sees it, and it is rolled back',
    leaksConnections('4'),
    3,
  );
}

function writeConfig(folder: string, repository: Repository, host: DemoHost): string {
  const file = join(folder, 'landfall.yaml');
  const { name, address, port, user, bind } = host;
  const config = {
    service: 'shop',
    repository: repository.directory,
    envFiles: ['/etc/shop/env'],
    bind,
    readiness: { timeout: '8s' },
    soak: { time: '6s', interval: '500ms' },
    environments: { production: { hosts: [{ name, address, port, user }] } },
  };
  writeFileSync(file, stringify(config));
  return file;
}

async function get(host: DemoHost, path: string): Promise<string> {
  const response = await fetch(`${host.url}${path}`);
  return `${response.status} ${await response.text()}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const given = process.argv.slice(2);
const debian = given.indexOf('--debian');
demo({
  keep: given.includes('--keep'),
  docker: given.includes('--docker'),
  debian: debian < 0 ? null : (given[debian + 1] ?? null),
}).catch((error) => {
  say(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
