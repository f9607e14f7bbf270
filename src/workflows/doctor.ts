import type { Examination } from '../activities/observe/examine-host';
import type { DoctorInput } from '../config/deploy-input';
import type { Reason } from '../deployment/status';
import { workflowIdOf } from '../deployment/workflow-id';
import { checkedDoctor } from './checked-input';
import { reasonOf } from './reason';
import { firstContact } from './steps';

/** What was seen on a host, or why nothing was. */
export type Finding = { seen: Examination } | { problem: Reason };

/**
 * Looks at all hosts side by side and changes nothing. It has an id of its own, so it runs beside a
 * deploy too.
 * @returns what it found, by host
 */
export async function doctor(given: DoctorInput): Promise<Record<string, Finding>> {
  const input = await checkedDoctor(given);
  const findings: Record<string, Finding> = {};
  const { service, environment, settings } = input;
  await Promise.all(
    input.hosts.map(async (host) => {
      try {
        const asked = { service, environment, host, settings, deployId: workflowIdOf(service, environment) };
        // Whole settings, which nobody reads here: of many hosts they are more than a result may hold.
        const { waysBack: _, ...seen } = await firstContact(`${host.name}: examine`).examineHost(asked);
        findings[host.name] = { seen };
      } catch (error) {
        findings[host.name] = { problem: reasonOf(error) };
      }
    }),
  );
  return findings;
}
