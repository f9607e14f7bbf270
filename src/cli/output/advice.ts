import { hostList } from '../../deployment/host-list';
import type { DeployStatus } from '../../deployment/status';
import { unreachableIn } from '../../deployment/status-summary';

/** The next step for a person; empty: none. */
export function adviceFor(status: DeployStatus): string {
  // A step knows its host, but not the name of the environment.
  return writtenAdvice(status).replaceAll('<environment>', status.environment);
}

function writtenAdvice(status: DeployStatus): string {
  if (status.outcome === 'needs-operator') {
    const command = `landfall decide ${status.service} --env ${status.environment}`;
    return [
      status.trouble?.advice ?? '',
      `Then choose (question ${status.question}): ${command} retry (roll back again) | accept (leave it as it is) | go-forward (try the new release again);`,
      'or deploy something else with --supersede.',
    ].join(' ');
  }
  if (status.outcome === 'accepted') {
    return `Look at what is NOT CERTAIN: landfall doctor ${status.service} --env ${status.environment}. Then deploy a good commit, with --fix-forward where what is live is not ready.`;
  }
  const { names, others } = unreachableIn(status);
  if (status.outcome === null && names.length + others > 0) {
    const gone = hostList(names, others, ' and ');
    return `Bring ${gone} back; the run then continues. To deploy a hotfix before that, take ${gone} out of landfall.yaml and deploy with --supersede.`;
  }
  return status.outcome === 'deployed' ? '' : (status.reason?.advice ?? '');
}
