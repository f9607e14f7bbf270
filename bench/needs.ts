/** Has the contenders' programs on this machine, and what the test host needs. */
import { missingNeeds } from '../test/harness/hosts';
import { absent, installNeeds, type Need } from '../test/harness/hosts/needs';
import type { ContenderName } from './contenders';

/** Debian's own packages: what an operator of such a host would use. */
const PROGRAMS: Partial<Record<ContenderName, Need[]>> = {
  script: [{ program: 'ssh', package: 'openssh-client', purpose: 'runs the script' }],
  ansible: [
    { program: 'ansible-playbook', package: 'ansible', purpose: 'is what Landfall is compared with' },
    { program: 'ssh', package: 'openssh-client', purpose: 'is what Ansible connects with' },
  ],
  capistrano: [{ program: 'cap', package: 'capistrano', purpose: 'is what Landfall is compared with' }],
};

/**
 * Installs what is missing, and says so.
 * @throws when something is missing afterwards, with everything that is
 */
export async function ensureNeeds(
  contenders: readonly ContenderName[],
  say: (line: string) => void,
): Promise<void> {
  const programs = contenders.flatMap((name) => PROGRAMS[name] ?? []);
  await installNeeds(say);
  await installNeeds(say, programs);
  const missing = await missingNeeds();
  for (const need of absent(programs)) {
    missing.push(`${need.program} is missing: install the Debian package ${need.package}.`);
  }
  if (missing.length > 0) throw new Error(`The bench cannot run here:\n  - ${missing.join('\n  - ')}`);
}
