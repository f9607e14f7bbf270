import { Context } from '@temporalio/activity';
import { failureOf } from '../../deployment/failures';
import { poll } from '../../timing/poll';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost, seconds } from '../step';
import { monotonic, stepTime } from '../step-time';

/** A host that boots or shuts down turns every login away: it gets this long before that is believed. */
const LOGIN_MS = 60_000;
/** Rare enough for those who ban an address that fails to log in. */
const LOGIN_PAUSE_MS = 10_000;

/**
 * Ends as soon as landfall-host on the host answers, which it did before: its retries are the waiting.
 * Read-only; safe to run twice, and to leave at any moment.
 * @throws HostUnreachable, OutcomeUnknown while it does not; AuthRejected when it continues to refuse the key
 */
export function awaitHost(dependencies: Dependencies, loginPause = LOGIN_PAUSE_MS) {
  return (input: OnHost): Promise<Noted> =>
    heartbeating(async (report) => {
      const call = hostOf(dependencies, input);
      const time = stepTime();
      const began = monotonic();
      const look = async () => {
        try {
          await call('version', {});
          return { note: `the host answers after ${seconds(time.passed)}` };
        } catch (error) {
          const late = monotonic() - began > LOGIN_MS;
          if (late || failureOf(error)?.type !== 'AuthRejected') throw error;
          report('the host refuses logins so far');
          return null;
        }
      };
      return poll(look, { pause: loginPause, signal: Context.current().cancellationSignal });
    });
}
