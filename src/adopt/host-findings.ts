/** Findings about the host around a service: its room, its rights, and what else runs there. Pure. */
import { asListened } from '../deployment/probes';
import { processesIn } from './draft';
import type { Facts } from './facts';
import { error, type Finding, type Named, note, some, warning } from './finding';

export function ofMachine({ fitsTwice, layout, reading }: Facts, { host, environment }: Named): Finding[] {
  const { machine, root, unit } = reading;
  const free = Math.floor(machine.diskFree / 1_000_000);
  const megabytes = (bytes: number) => `${Math.round(bytes / (1 << 20))} MiB`;
  return [
    ...(root
      ? []
      : [
          warning(
            `${reading.login} may not use sudo without a password: what only root can read is missing here.`,
            `Setup needs root: landfall setup ${host} --env ${environment} --as root`,
          ),
        ]),
    ...(fitsTwice === false && layout === 'releases'
      ? [
          warning(
            `The service uses ${megabytes(unit.memory ?? 0)} and ${megabytes(machine.memoryAvailable)} are available: two releases do not fit.`,
            'Add memory, or keep `whenMemoryShort: restart`.',
          ),
        ]
      : []),
    ...(free < 500
      ? [
          warning(
            `Only ${free} MB of disk are free.`,
            'Free space: each release has an environment of its own.',
          ),
        ]
      : []),
    ...(/^(?:[0-2]\.|3\.[0-7](?:\.|$))/.test(machine.python)
      ? [error(`python3 of the host is ${machine.python}; Landfall needs 3.8.`, 'Install a newer python3.')]
      : []),
  ];
}

export function ofNeighbours({ reading, bind }: Facts): Finding[] {
  const { proxies, neighbours, crontabs, scripts, unit } = reading;
  const processes = processesIn(reading);
  const left = neighbours.filter((each) => processes.every(({ neighbour }) => neighbour !== each));
  const old = processes.map(({ neighbour }) => neighbour.timer ?? neighbour.name);
  return [
    ...(old.length > 0
      ? [
          warning(
            `${some(old)} would run next to the processes of a release.`,
            `After the first deploy: systemctl disable --now ${old.join(' ')}`,
          ),
        ]
      : []),
    ...(left.length > 0
      ? [
          warning(
            `${some(left.map(({ name }) => name))} runs from the old checkout, and stays as it is.`,
            'Write its command under `processes:`, or let it run from <base>/current.',
          ),
        ]
      : []),
    ...(scripts.length > 0
      ? [
          warning(
            `${some(scripts)} changes or restarts ${unit.name}.`,
            'Do not use it after the first deploy: its changes are lost with the next one.',
          ),
        ]
      : []),
    ...(crontabs.length > 0
      ? [
          warning(
            `${some(crontabs.map(({ file, line }) => `${file} line ${line}`))} runs from the old checkout.`,
            'Write it under `processes:` with `schedule:`, or let it run from <base>/current.',
          ),
        ]
      : []),
    ...(proxies.length > 0 && bind !== null
      ? [note(`${some(proxies)} passes requests to ${asListened(bind)}. landfall.yaml keeps that address.`)]
      : []),
  ];
}
