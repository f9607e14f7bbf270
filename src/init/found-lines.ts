/** The findings of init, for people. Pure. */
import { someOf } from '../deployment/project/commit-files';
import { factWords } from '../deployment/project/with-facts';
import type { Checkout } from './checkout';
import type { Examined, Framework } from './examine';

const NAMES: Record<Framework, string> = {
  django: 'Django',
  fastapi: 'FastAPI',
  flask: 'Flask',
  litestar: 'Litestar',
  quart: 'Quart',
  starlette: 'Starlette',
};

export function foundLines(found: Examined, { uncommitted }: Pick<Checkout, 'uncommitted'>): string[] {
  const { framework, apps, facts, processes, migration, env, start } = found;
  const rows: [string, string | null][] = [
    ['framework', framework === null ? null : NAMES[framework]],
    ['app', apps.length === 0 ? null : apps.join(', ')],
    ['python', pythonOf(found)],
    ['started by', start === null ? null : `${start.server}, as in ${start.from}`],
    ['readiness', readinessOf(found)],
    ['migration', migration?.command.join(' ') ?? null],
    ...processes.map(({ name, command }): [string, string] => ['process', `${name}: ${command}`]),
    ['variables', env.length === 0 ? null : variablesOf(env)],
  ];
  const dropped = start?.dropped ?? [];
  return [
    ...rows.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(10)}  ${value}`])),
    ...factWords(facts).map((each) => `  ${each}`),
    ...dropped.map((each) => `  ! ${start?.from}: ${each}`),
    ...(uncommitted.length === 0
      ? []
      : [`  ! not committed: ${someOf(uncommitted)}. A deploy takes commits alone.`]),
  ];
}

function pythonOf({ facts: { interpreter } }: Examined): string | null {
  const { wanted, requires, from } = interpreter;
  const version = wanted ?? requires;
  return version === null ? null : `${version} (${from})`;
}

function readinessOf({ routes: [route] }: Examined): string | null {
  if (route === undefined) return null;
  const where = `${route.path} (${route.file} line ${route.line})`;
  if (route.isShallow !== true) return where;
  return `${where}; it checks nothing that the service depends on, so a broken database is not seen`;
}

function variablesOf(env: Examined['env']): string {
  const required = env.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const others = env.filter(({ isRequired }) => !isRequired).map(({ name }) => name);
  const parts = [
    ...(required.length === 0 ? [] : [`${required.join(', ')} (required)`]),
    ...(others.length === 0
      ? []
      : [`${others.slice(0, 12).join(', ')}${others.length > 12 ? ' …' : ''} (with a default)`]),
  ];
  return parts.join('; ');
}
