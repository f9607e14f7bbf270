/** One change at a time per service and environment: the engine itself excludes a second run of this id. */
export function workflowIdOf(service: string, environment: string): string {
  return `deploy/${service}/${environment}`;
}

/** The doctor that only looks has an id of its own, so that it may look while a deploy runs. */
export function doctorIdOf(service: string, environment: string): string {
  return `doctor/${service}/${environment}`;
}

/** Each plan has an id of its own: it only looks, and two people may plan different commits at once. */
export function planIdOf(service: string, environment: string, unique: string): string {
  return `plan/${service}/${environment}/${unique}`;
}
