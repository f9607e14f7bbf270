import type { ServiceSettings } from '../config/deploy-input';
import { unitText } from '../host/unit';
import type { Dependencies } from './dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';

export interface RenderUnitInput extends Claimed {
  release: string;
  commit: string;
  settings: ServiceSettings;
}

export interface RenderedUnit extends Noted {
  /** What changes in the unit, values of `Environment=` masked. */
  diff: string;
}

/**
 * Puts the release's unit in force for this boot; no process is touched. The host checks it
 * first against what root allowed, and with `systemd-analyze verify`. Safe to run twice.
 * @throws InvalidInput naming the refused directive; CommandFailed with systemd's complaint
 */
export function renderUnit(dependencies: Dependencies) {
  return (input: RenderUnitInput): Promise<RenderedUnit> =>
    heartbeating(async () => {
      const { service, settings, release, commit, host } = input;
      const text = unitText(service, settings, release, commit, host.bind);
      const call = hostOf(dependencies, input);
      const { changed, diff } = await call('install-unit', { claim: claimOf(input), release, text });
      const what = changed ? countOf(diff) : 'unchanged';
      return { diff, note: `${settings.unit} ${what}${preloadWarning(settings)}` };
    });
}

export function preloadWarning({ gunicorn }: ServiceSettings): string {
  return gunicorn.preload
    ? '; preload is on: one import error stops every worker, and a reload does not take new code'
    : '';
}

export function countOf(diff: string): string {
  const lines = diff.split('\n');
  const added = lines.filter((line) => line.startsWith('+') && !line.startsWith('+++')).length;
  const removed = lines.filter((line) => line.startsWith('-') && !line.startsWith('---')).length;
  return `+${added} −${removed}`;
}
