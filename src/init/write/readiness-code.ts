/** A short readiness route for an app that has none. Pure: the code is proposed here, and written by whoever asks. */
import { joined } from '../../deployment/project/commit-files';
import type { Examined } from '../examine';
import { blockBelow, withoutComments } from '../find/code';

export const READINESS_PATH = '/health/ready';

export interface ProposedCode {
  /** From the root of the repository. */
  path: string;
  before: string;
  after: string;
}

const DOC = 'Ready to serve? Landfall asks this. Check here what the service cannot work without.';

/**
 * null: the framework is another, or the place for the route is not found.
 * @param folder the service's
 * @param textOf the text of a file of the repository
 */
export function readinessCode(
  { framework, modules }: Pick<Examined, 'framework' | 'modules'>,
  app: string,
  folder: string,
  textOf: (path: string) => string | null,
): ProposedCode | null {
  const [module = '', attribute = ''] = app.split(':');
  const file =
    framework === 'django'
      ? urlsOf(modules, module)
      : (modules.find(({ name }) => name === module)?.file ?? null);
  if (file === null) return null;
  const path = joined(folder, file);
  const before = textOf(path);
  // A carriage return belongs to a file that other tools write.
  if (before === null || before.includes('\r')) return null;
  const after = framework === 'django' ? inDjango(before) : inApp(before, attribute, framework);
  return after === null || after === before ? null : { path, before, after };
}

function routeOf(framework: Examined['framework'], app: string, indent: string): string[] | null {
  const lines =
    framework === 'fastapi'
      ? [`@${app}.get("${READINESS_PATH}", include_in_schema=False)`, 'def health_ready() -> dict[str, str]:']
      : framework === 'flask'
        ? [`@${app}.route("${READINESS_PATH}")`, 'def health_ready():']
        : null;
  return (
    lines && [...lines, `    """${DOC}"""`, '    return {"status": "ok"}'].map((line) => `${indent}${line}`)
  );
}

/** Behind the statement that makes the app, so that no mount or route before it catches the path. */
function inApp(text: string, attribute: string, framework: Examined['framework']): string | null {
  const lines = text.split('\n');
  const code = withoutComments(text).split('\n');
  const factory = /^(\w+)\(/.exec(attribute)?.[1];
  if (factory !== undefined) return inFactory(lines, code, factory, framework);
  const route = routeOf(framework, attribute, '');
  const at = code.findIndex((line) => new RegExp(`^${attribute}\\s*(?::[^=]+)?=\\s*[\\w.]+\\(`).test(line));
  if (at < 0 || route === null || !/^[A-Za-z_]\w*$/.test(attribute)) return null;
  const end = endOfCall(code, at);
  const rest = lines.slice(end + 1);
  const isLast = rest.every((line) => line.trim() === '');
  while (rest[0]?.trim() === '') rest.shift();
  return [...lines.slice(0, end + 1), '', '', ...route, ...(isLast ? [''] : ['', '', ...rest])].join('\n');
}

function inFactory(
  lines: string[],
  code: string[],
  factory: string,
  framework: Examined['framework'],
): string | null {
  const start = code.findIndex((line) => new RegExp(`^def ${factory}\\(`).test(line));
  if (start < 0) return null;
  const block = blockBelow(code, start);
  const at = block.findIndex((line) => /^ {4}return \w+\s*$/.test(line));
  const app = /return (\w+)/.exec(block[at] ?? '')?.[1];
  const route = app === undefined ? null : routeOf(framework, app, '    ');
  if (route === null) return null;
  const place = start + 1 + at;
  const isApart = (lines[place - 1] ?? '').trim() === '';
  return [...lines.slice(0, place), ...(isApart ? [] : ['']), ...route, '', ...lines.slice(place)].join('\n');
}

/** The urls of the project: next to its `wsgi.py`, or the only ones that include others. */
function urlsOf(modules: Examined['modules'], app: string): string | null {
  const beside = `${app.split('.').slice(0, -1).join('.')}.urls`;
  const written = modules.flatMap(({ lines }) =>
    lines.flatMap((line) => /^ROOT_URLCONF\s*=\s*["']([\w.]+)["']/.exec(line)?.[1] ?? []),
  )[0];
  return modules.find(({ name }) => name === (written ?? beside))?.file ?? null;
}

const DJANGO_IMPORTS = [
  'from django.db import connection',
  'from django.http import JsonResponse',
  'from django.urls import path',
];

function inDjango(text: string): string | null {
  const code = withoutComments(text).split('\n');
  if (!code.some((line) => /^urlpatterns\b/.test(line)) || /\bhealth_ready\b/.test(text)) return null;
  const lines = text.split('\n');
  const last = code.findLastIndex((line) => /^(?:from|import)\s/.test(line));
  const end = last < 0 ? -1 : endOfCall(code, last);
  const missing = DJANGO_IMPORTS.filter((line) => {
    const [, module = '', name = ''] = /^from (\S+) import (\S+)$/.exec(line) ?? [];
    return !new RegExp(`^from\\s+${module.replace('.', '\\.')}\\s+import\\s+(?:.*\\W)?${name}\\b`, 'm').test(
      code.join('\n'),
    );
  });
  const body = lines
    .slice(end + 1)
    .join('\n')
    .replace(/\n+$/, '');
  const route = [
    'def health_ready(request):',
    `    """${DOC}"""`,
    '    connection.ensure_connection()',
    '    return JsonResponse({"status": "ok"})',
    '',
    '',
    `urlpatterns = [path("${READINESS_PATH.slice(1)}", health_ready), *urlpatterns]`,
  ];
  return [...lines.slice(0, end + 1), ...missing, body, '', '', ...route, ''].join('\n');
}

/** The line on which the brackets of a statement are closed. */
function endOfCall(code: string[], at: number): number {
  let open = 0;
  for (let line = at; line < code.length; line += 1) {
    const text = (code[line] ?? '').replace(/(["'])(?:\\.|(?!\1).)*\1/g, '');
    open += (text.match(/[([{]/g)?.length ?? 0) - (text.match(/[)\]}]/g)?.length ?? 0);
    if (open <= 0 && !/\\\s*$/.test(code[line] ?? '')) return line;
  }
  return at;
}
