import type { DeployInput, DoctorInput } from '../config/deploy-input';
import { deploySchema, doctorSchema } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { schemaProblems } from '../text/schema-problems';

/**
 * The argument of a workflow, whoever has sent it: the worker believes no client. Unknown keys are left out.
 * Pure; safe to run twice.
 * @throws InvalidInput that names what does not fit, and never a value
 */
export async function checkDeployInput(given: unknown): Promise<DeployInput> {
  const parsed = deploySchema.safeParse(given);
  if (!parsed.success) throw refused(schemaProblems(parsed.error));
  return parsed.data;
}

/** The same for the doctor and the repair. */
export async function checkDoctorInput(given: unknown): Promise<DoctorInput> {
  const parsed = doctorSchema.safeParse(given);
  if (!parsed.success) throw refused(schemaProblems(parsed.error));
  return parsed.data;
}

function refused(what: string): Error {
  return fail('InvalidInput', `The start input of the run does not fit: ${what}.`, {
    host: null,
    advice: "Start the run again with a landfall command of the worker's version.",
  });
}
