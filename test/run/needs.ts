/** The prerequisites of lanes, each made once and kept in the cache. */
import { ensureStacks } from '../gate/stacks';
import { ensureActionlint } from '../harness/actionlint';
import { ensureTemporal } from '../harness/engine/build-temporal';
import { ensureBase, missingNeeds } from '../harness/hosts';
import { absent, installNeeds } from '../harness/hosts/needs';

export type Need = 'temporal' | 'actionlint' | 'stacks' | 'hosts';

type Say = (line: string) => void;

const GET: Record<Need, (say: Say) => Promise<void>> = {
  temporal: async (say) => {
    say('Temporal: the development server that the tests run against.');
    say(`  ${await ensureTemporal(say)}`);
  },
  actionlint: async (say) => {
    await ensureActionlint(say);
  },
  stacks: async (say) => {
    say('The gate: virtual environments with the versions of Gunicorn and uvicorn that it is tried with.');
    await ensureStacks(say);
  },
  hosts: async (say) => {
    await installNeeds(say);
    const missing = await missingNeeds();
    if (missing.length > 0) throw new Error(`The tests boot real Debian hosts here. ${missing.join('\n')}`);
    say('Test hosts: Debian with systemd, sshd and PostgreSQL, built once and then booted in a second each.');
    say(`  ${await ensureBase(say)}`);
  },
};

/** Every lane starts these. */
const PROGRAMS = [
  { program: 'git', package: 'git', purpose: 'keeps the repositories that tests deploy' },
  { program: 'python3', package: 'python3', purpose: 'runs landfall-host' },
  { program: 'ssh-keygen', package: 'openssh-client', purpose: 'makes keys' },
];

/**
 * Gets what the lanes need, and says what and why. Safe to run twice.
 * @throws Error that names what is missing and cannot be got
 */
export async function getNeeds(needs: readonly Need[], say: Say): Promise<void> {
  await installNeeds(say, PROGRAMS);
  const [missing] = absent(PROGRAMS);
  if (missing !== undefined)
    throw new Error(`${missing.program} is missing: install the Debian package ${missing.package}.`);
  for (const need of new Set(needs)) await GET[need](say);
}
