import type { Path } from './config-error';
import type { HostTarget } from './deploy-input';
import type { WrittenSettings } from './settings';

interface Clash {
  key: Path;
  message: string;
}

/** Keys of processes that are each allowed, but not together. */
export function* processClashes({ processes = {} }: WrittenSettings, hosts: HostTarget[]): Generator<Clash> {
  for (const [name, process] of Object.entries(processes)) {
    const { command, schedule, singleton, host, ready, onFailure } = process;
    const clash = (keys: string[], message: string): Clash => ({
      key: ['processes', name, ...keys],
      message,
    });
    if (command === undefined)
      yield clash([], 'has no command; write one such as command: celery -A shop worker');
    if (ready !== undefined && ready.command === undefined)
      yield clash(['ready'], 'has no command; write one such as command: celery -A shop inspect ping');
    if (ready !== undefined && schedule !== undefined)
      yield clash(
        ['ready'],
        'cannot be checked, because a process with a schedule runs later; remove ready or schedule',
      );
    if (onFailure === 'rollback' && schedule !== undefined)
      yield clash(
        ['onFailure'],
        'is rollback for a process with a schedule, whose runs no soak waits for; write onFailure: report',
      );
    if (host === undefined) continue;
    if (singleton === false || (singleton === undefined && schedule === undefined))
      yield clash(['host'], 'is for a singleton alone; write singleton: true, or remove host');
    if (!hosts.some((known) => known.name === host))
      yield clash(
        ['host'],
        `is not a host of this environment; allowed: ${hosts.map((known) => known.name).join(', ')}`,
      );
  }
}
