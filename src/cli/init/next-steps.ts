/** The lines after `landfall init` has written its files. Pure. */
import type { Examined } from '../../init/examine';
import type { Answers } from '../../init/proposal';

interface Of {
  answers: Pick<Answers, 'service' | 'environment' | 'hosts' | 'controller'>;
  found: Pick<Examined, 'env'>;
  /** Files that belong into the next commit. */
  files: string[];
  /** Sentences that a person should know before the first deploy. */
  notices: string[];
  warnings: string[];
}

const MOST_NAMES = 8;
const CONTROLLER =
  'A team and CI deploy through one machine: landfall controller install root@HOST. Then write controller: ssh://landfall@HOST in landfall.yaml.';

/** Sentences about the found service. */
export function noteLines({ notices, warnings }: Pick<Of, 'notices' | 'warnings'>): string[] {
  return [
    ...(notices.length + warnings.length === 0 ? [] : ['']),
    ...warnings.map((each) => `! ${each}`),
    ...notices,
  ];
}

export function nextSteps({ answers, found, files, notices, warnings }: Of): string[] {
  const { service, environment, hosts, controller } = answers;
  const on = `--env ${environment}`;
  const names = found.env.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const some = names.slice(0, MOST_NAMES).join(' ');
  const steps = [
    ...hosts.map((host) => `landfall setup ${nameOf(host)} ${on}`),
    ...(names.length === 0 ? [] : [`landfall env set ${service} ${on} ${some}`]),
    `landfall plan ${service} ${on}`,
    `landfall deploy ${service} ${on}`,
  ];
  return [
    ...noteLines({ notices, warnings }),
    '',
    'Next:',
    `  git add ${files.join(' ')} && git commit && git push`,
    `  landfall up${environment === 'production' ? '' : ` ${on}`}`,
    '',
    'landfall up shows one plan, asks once, and does these steps:',
    ...steps.map((step) => `  ${step}`),
    ...(controller === null ? ['', CONTROLLER] : []),
  ];
}

/** As a host is called that landfall.yaml names by its address alone. */
function nameOf(host: string): string {
  return host
    .replace(/^[^@]*@/, '')
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([^:]+):\d+$/, '$1');
}
