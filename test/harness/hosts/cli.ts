/** Test hosts for people: `npm run host -- up web1`, and then log in, break things, deploy to it. */
import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { ensureBase, missingNeeds, runningHosts, startHost, type TestHost } from './index';
import { installNeeds } from './needs';

const say = (line: string) => console.log(line);

function sshArguments(host: TestHost, user: string): string[] {
  const options = [`UserKnownHostsFile=${host.knownHostsFile}`, 'StrictHostKeyChecking=yes'];
  return [
    ...['-F', '/dev/null', '-i', host.keyFile, '-p', String(host.port)],
    ...options.flatMap((option) => ['-o', option]),
    `${user}@${host.address}`,
  ];
}

/** By name, or by address where two have the same name. */
async function find(name: string): Promise<TestHost> {
  const hosts = await runningHosts();
  const found = hosts.filter((host) => host.name === name || host.address === name);
  const [host] = found;
  if (host === undefined) throw new Error(`No test host ${name} runs. See npm run host -- list.`);
  if (found.length > 1) {
    throw new Error(
      `Several test hosts are called ${name}: take ${found.map((one) => one.address).join(' or ')}.`,
    );
  }
  return host;
}

async function up(name: string | undefined, options: { fullSudo?: boolean }): Promise<void> {
  await installNeeds(say);
  const missing = await missingNeeds();
  if (missing.length > 0) throw new Error(missing.join('\n'));
  await ensureBase(say);
  const running = await runningHosts();
  if (name !== undefined && running.some((host) => host.name === name)) {
    throw new Error(`A test host ${name} runs already. See npm run host -- list.`);
  }
  const kind = options.fullSudo ? 'full-sudo' : 'least-privilege';
  const host = await startHost({ name, kind, detached: true, progress: say });
  say(`${host.name} is up: ${host.address} port ${host.port}, ${host.kind}.`);
  say(`Log in:    ssh ${sshArguments(host, host.user).join(' ')}   (or root@)`);
  say(`Database:  ${host.databaseUrl}`);
  say(`Take down: npm run host -- down ${host.name}`);
}

async function list(): Promise<void> {
  const hosts = await runningHosts();
  if (hosts.length === 0) say('No test host runs.');
  for (const host of hosts) {
    const owner = host.detached ? 'until it is taken down' : 'belongs to a running test';
    say(`${host.name.padEnd(16)} ${host.address.padEnd(12)} ${host.kind.padEnd(16)} ${owner}`);
  }
}

async function down(names: string[], options: { all?: boolean }): Promise<void> {
  // Hosts of running tests are left to them, unless they are named.
  const hosts = options.all
    ? (await runningHosts()).filter((host) => host.detached)
    : await Promise.all(names.map(find));
  if (hosts.length === 0) say('Nothing to take down.');
  await Promise.all(hosts.map((host) => host.stop()));
  for (const host of hosts) say(`${host.name} is down; nothing of it is left.`);
}

async function ssh(name: string, command: string[], options: { root?: boolean }): Promise<void> {
  const host = await find(name);
  const user = options.root ? 'root' : host.user;
  const ended = spawnSync('ssh', [...sshArguments(host, user), ...command], { stdio: 'inherit' });
  process.exitCode = ended.status ?? 255;
}

async function powerLoss(name: string): Promise<void> {
  const host = await find(name);
  await host.powerLoss();
  say(`${host.name} lost its power and is up again.`);
}

const program = new Command('host').description(
  'Debian hosts with systemd on this machine, for tests and trying out.',
);
program
  .command('up [name]')
  .description('boot a host and leave it running')
  .option('--full-sudo', 'deploy may use sudo for everything (default: for nothing)')
  .action(up);
program.command('list').description('what runs').action(list);
program
  .command('ssh <name> [command...]')
  .description('log in as deploy')
  .option('--root', 'as root')
  .action(ssh);
program.command('power-loss <name>').description('cut the power and boot again').action(powerLoss);
program
  .command('down [names...]')
  .description('take hosts down')
  .option('--all', 'every host that was started with up')
  .action(down);
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
