/** Variables of the service on every host of its environment, by the functions of `landfall env`. */
import { output } from '../../output/output';
import { changeEnvironment } from '../env/change-environment';
import { changedInWords, groupedLines } from '../env/environment-lines';
import { type ServiceHosts, sorted } from '../env/service-hosts';
import { CommandError } from '../exit-codes';

/** The names among these that a host does not have with that value. Changes nothing. */
export async function changedOn(hosts: ServiceHosts, values: Map<string, string>): Promise<string[]> {
  if (values.size === 0) return [];
  const set = Object.fromEntries(values);
  const asked = await hosts.askAll('env-set', {
    set,
    unset: [],
    by: 'landfall up',
    base: 0,
    number: 0,
    apply: false,
  });
  const { answers, failures } = sorted(asked);
  if (failures.length > 0) return [...values.keys()];
  const open = new Set(answers.flatMap(({ answer: { added, changed } }) => [...added, ...changed]));
  return [...values.keys()].filter((name) => open.has(name));
}

/** @throws CommandError when a host does not have all of them afterwards */
export async function setVariables(
  hosts: ServiceHosts,
  values: Map<string, string>,
  by: string,
): Promise<void> {
  const { checked, done } = await changeEnvironment(hosts, {
    set: Object.fromEntries(values),
    unset: [],
    by,
  });
  const { failures } = sorted(checked ?? done);
  if (failures.length > 0)
    throw new CommandError([
      checked === null ? 'Not every host has the variables.' : 'The variables were set on no host.',
      ...failures.map(({ host, failed }) => `  ✗ ${host}: ${failed}`),
      'Nothing was deployed. Run the same command again: it does what is left.',
    ]);
  const { answers } = sorted(done);
  const lines = answers.map(({ host, answer }) => ({ host, lines: [changedInWords(answer)] }));
  output.say(...groupedLines(lines).map((line) => `  ✓ ${line}`));
}
