import { createHash } from 'node:crypto';
import type { Policy } from '../../contract/contract-types';
import { failureOf } from '../../deployment/failures';
import { hasFullSudo, installHelper as install } from '../../host-agent/client';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost } from '../step';

export interface InstallHelperInput extends OnHost {
  policy: Policy;
  python: string;
}

/**
 * Makes sure that the host has this version of `landfall-host`. Where the deploying user may do
 * everything anyway, it is installed or updated on the way; elsewhere root does that once with
 * `landfall setup`. Safe to run twice.
 * @throws SetupNeeded with the command that root has to run
 */
export function installHelper(dependencies: Dependencies) {
  return (input: InstallHelperInput): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const { connections, helperSource } = dependencies;
      const wanted = createHash('sha256').update(helperSource).digest('hex');
      let reason: unknown = null;
      try {
        const { version, sha256 } = await call('version', {});
        if (sha256 === wanted) return { note: `landfall-host ${version} is there` };
      } catch (error) {
        if (failureOf(error)?.type !== 'SetupNeeded') throw error;
        reason = error;
      }
      if (!(await hasFullSudo(connections, input.host))) {
        if (reason !== null) throw reason;
        // Another build that speaks the same protocol: it works, and root decides when to replace it.
        return { note: 'landfall-host is another build that speaks the same protocol' };
      }
      const request = { policy: input.policy, apply: true, authorizedKey: null };
      const { changed } = await install(connections, input.host, request, helperSource);
      return { note: changed ? 'installed landfall-host' : 'landfall-host is there' };
    });
}
