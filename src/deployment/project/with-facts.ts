/** The settings of a deploy, completed by its commit and its host where `landfall.yaml` is silent. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import type { ProjectFacts } from './facts';

/** Before anything is installed: how the packages get there. */
export function withPackaging(settings: ServiceSettings, project: ProjectFacts): ServiceSettings {
  return { ...settings, resolved: { packaging: project.packaging, server: null } };
}

/** The files that name the packages of a release. A release from before this choice has requirement files. */
export function packagingOf({ resolved, requirements }: ServiceSettings): Packaging {
  const asWritten: Packaging = { tool: 'requirements', files: requirements, encoding: 'utf-8', local: false };
  return resolved?.packaging ?? asWritten;
}
