import type { DoctorInput, HostTarget } from '../config/deploy-input';
import { type Finding, findingOf, withinResult } from '../deployment/finding';
import { checkedDoctor } from './checked-input';
import { Host } from './host';
import { reasonOf } from './reason';
import { examine } from './repair-host';

/**
 * Examines all hosts at once and changes nothing. Its own id lets it run at the same time as a deploy.
 * @returns the findings, by host
 */
export async function doctor(given: DoctorInput): Promise<Record<string, Finding>> {
  const input = await checkedDoctor(given);
  const findings = input.hosts.map(async (host) => [host.name, await find(input, host)] as const);
  return withinResult(await Promise.all(findings));
}

async function find(input: DoctorInput, target: HostTarget): Promise<Finding> {
  const host = new Host(input, target, () => undefined);
  try {
    return findingOf(await examine(host, 'examine'), host.written, host.place);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
