import type { ServiceSettings } from '../../config/deploy-input';

/** Where the packages of a service are written, for people. */
export function dependenciesOf({ resolved, requirements }: ServiceSettings): string {
  const packaging = resolved?.packaging ?? null;
  if (packaging !== null && packaging.tool !== 'requirements') return 'the dependencies in pyproject.toml';
  return packaging?.files[0] ?? requirements?.[0] ?? 'requirements.txt';
}
