/** The lines after the deploy of `landfall up`: where the service is, and what comes next. Pure. */
import type { HostTarget } from '../../config/deploy-input';
import { bindArgument } from '../../deployment/gunicorn';
import { EXIT } from '../exit-codes';
import type { EngineKind } from './run-engine';

interface Of {
  service: string;
  environment: string;
  hosts: HostTarget[];
  kind: EngineKind;
  /** Exit code of the deploy. */
  code: number;
  /** Whether landfall.yaml is not committed as it is. */
  isUncommitted: boolean;
}

export function endLines({ service, environment, hosts, kind, code, isUncommitted }: Of): string[] {
  const on = `${service} --env ${environment}`;
  if (code !== EXIT.deployed) return unfinished(kind, code, on);
  return [
    '',
    ...hosts.map(({ name, bind }) => `${service} listens on ${bindArgument(bind)} of ${name}.`),
    '',
    'Next:',
    ...(isUncommitted
      ? ['  git add landfall.yaml && git commit   (landfall.yaml is not committed yet)']
      : []),
    '  landfall up   (deploy the next commit)',
    ...(kind === 'own' ? [`  landfall dev   (see this deploy again; then landfall status ${on})`] : []),
    ...(kind === 'elsewhere'
      ? []
      : ['  landfall controller install USER@HOST   (deploys of a team and of CI; docs/controller.md)']),
  ];
}

function unfinished(kind: EngineKind, code: number, on: string): string[] {
  const again = 'Correct the cause, commit, and run landfall up again: it does what is left.';
  if (code === EXIT.needsOperator && kind === 'own')
    return [
      '',
      'The engine of this run ends now, so the deploy stands still. Run landfall dev in another terminal to continue.',
      `Then look, and decide: landfall status ${on}`,
    ];
  return code === EXIT.needsOperator ? [] : ['', again];
}
