import type { Lab } from '../lab';
import { Ansible } from './ansible';
import { Capistrano } from './capistrano';
import type { Contender, ContenderName } from './contender';
import { Landfall } from './landfall';
import { Script } from './script';

export type { Contender, ContenderName } from './contender';

/** In the order of the table. */
const MAKERS: Record<ContenderName, (lab: Lab, port: number) => Contender> = {
  'landfall-overlap': (lab, port) => new Landfall(lab, 'overlap', port),
  'landfall-restart': (lab, port) => new Landfall(lab, 'restart', port),
  script: (lab, port) => new Script(lab, port),
  ansible: (lab, port) => new Ansible(lab, port),
  capistrano: (lab, port) => new Capistrano(lab, port),
};

export const CONTENDERS = Object.keys(MAKERS) as ContenderName[];

const FIRST_PORT = 8001;

export function contendersIn(lab: Lab, names: readonly ContenderName[]): Contender[] {
  return names.map((name) => MAKERS[name](lab, FIRST_PORT + CONTENDERS.indexOf(name)));
}
