/** The policy of the controller, where steps act: whoever reaches the engine may have made a workflow of their own. */
import type { HostTarget } from '../config/deploy-input';
import { loginOf, mayReach, mayRead, refsOf, runRefusal, type Wanted } from '../controller/door/pins';
import type { Policy } from '../controller/door/policy';
import { fail } from '../deployment/failures';
import type { Mirrors } from '../git/mirrors';
import type { Dependencies } from './dependencies';

/** Checks the input of a run, and that the policy allows it. @throws InvalidInput */
export function allowedRun<Input extends Wanted>(
  { policy }: Dependencies,
  check: (given: unknown) => Promise<Input>,
): (given: unknown) => Promise<Input> {
  return async (given) => {
    const input = await check(given);
    const refusal = runRefusal(policy(), input);
    if (refusal !== null) throw refused(refusal);
    return input;
  };
}

/** @throws InvalidInput for a machine that no service of the policy is deployed to */
export function checkReach(policy: () => Policy, host: HostTarget): void {
  if (!mayReach(policy(), host))
    throw refused(`The policy of the controller names no host ${loginOf(host)}.`);
}

/** @throws InvalidInput for a repository that no service of the policy is deployed from */
export function checkRead(policy: () => Policy, repository: string): void {
  if (!mayRead(policy(), repository))
    throw refused('The policy of the controller does not name the repository of this run.');
}

/** @throws InvalidInput for a commit that no allowed branch and no allowed tag holds */
export async function checkCommit(
  { policy, mirrors }: { policy: () => Policy; mirrors: Mirrors },
  { service, repository, commit }: { service: string; repository: string; commit: string },
): Promise<void> {
  const refs = refsOf(policy(), service, repository);
  if (refs === null || (await mirrors.isIn(repository, commit, refs))) return;
  throw refused(
    `The policy of the controller does not let commit ${commit.slice(0, 7)} be deployed: it is on none of ${refs.join(', ') || 'its refs'}.`,
  );
}

function refused(message: string): Error {
  return fail('InvalidInput', message, {
    host: null,
    advice: 'Correct landfall.yaml or --ref, or let an administrator change policy.yaml on the controller.',
  });
}
