import type { ServiceSettings } from '../../config/deploy-input';
import type { Server } from '../../config/resolved';
import type { Verbs } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import { ARGUMENTS, inArguments, insideOrNull, ownSettings, servesTls } from '../../deployment/own-settings';
import { resolveServer } from '../../deployment/resolve-server';
import { settingsInForce } from '../../deployment/settings-in-force';
import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

/** The host looks at all public files, as two users for at most two minutes each. */
const COMPLETE_MS = 270_000;

export interface ExamineReleaseInput extends Claimed {
  release: string;
  settings: ServiceSettings;
  /** Apps that the commit was found to have. */
  apps: string[];
  /** The app that the project itself names for `fastapi run`. */
  entrypoint: string | null;
  /** Folders of modules, as seen from the service's folder. */
  pythonPath: string[];
}

export interface ExaminedRelease extends Noted {
  server: Server;
  app: string;
  /** Whether the project's own settings have it serve TLS, which landfall.yaml does not say. */
  tls: boolean;
}

/**
 * Ends the making of the release: nothing is built in it any more, and proxies may read its public files. Then has the
 * host read in its files how it is to be started, and chooses the server. Nothing of the release runs. Safe to run twice.
 * @throws InvalidInput when the release cannot be started so, with the line to write
 */
export function examineRelease(dependencies: Dependencies) {
  return (input: ExamineReleaseInput): Promise<ExaminedRelease> =>
    heartbeating(async () => {
      const { release, settings, apps, entrypoint, pythonPath, host } = input;
      const { app, gunicorn } = settings;
      const call = hostOf(dependencies, input);
      const { shared, public: open } = settings;
      const complete = { claim: claimOf(input), release, shared, public: open };
      const completed = await call('complete', complete, { timeoutMs: COMPLETE_MS });
      const { config, chdir, pythonpath } = inArguments(settings.env[ARGUMENTS] ?? '');
      const asked = { release, app, configFile: gunicorn.configFile ?? insideOrNull(config) };
      const folders = [chdir, ...(pythonpath?.split(',') ?? [])].flatMap((each) => insideOrNull(each) ?? []);
      const examined = await call('examine', { ...asked, pythonPath: [...folders, ...pythonPath] });
      const resolved = resolveServer(settings, examined, { apps, entrypoint });
      if ('refused' in resolved) {
        const { message, advice } = resolved.refused;
        throw fail('InvalidInput', `${host.name}: ${message}`, { host: host.name, advice });
      }
      const { words, ...chosen } = resolved;
      // With overlap, the gate says so when it has read them.
      const alone = settings.strategy === 'restart';
      const own = ownSettings(examined.conf, settings.env);
      const inForce = alone ? [settingsInForce(settings, own, chosen.server)] : [];
      const tls = chosen.server.name === 'gunicorn' && servesTls(own, settings.readiness);
      const byTls = tls ? [`${own.from.certfile} sets certfile: readiness is asked by https`] : [];
      const note = [...words, ...inForce, ...byTls, ...publicInWords(completed)].join('; ');
      return { ...chosen, tls, note };
    });
}

/** Of proxies, and of the files that they serve by themselves. */
export function publicInWords({ unread, notes }: Verbs['complete']['result']): string[] {
  if (unread === null) return notes;
  const folders = unread.folders.map((name) => `${name}/`).join(', ');
  const way = `where it serves them by itself, write public: [${unread.folders.join(', ')}]`;
  return [...notes, `a proxy cannot read ${folders} (${unread.users.join(', ')}): ${way}`];
}
