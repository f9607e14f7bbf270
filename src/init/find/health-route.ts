/** The route of a service that says whether it is ready. Pure. */
import { blockBelow, type Module } from './code';

export interface HealthRoute {
  path: string;
  file: string;
  /** 1-based. */
  line: number;
  /** Whether it checks nothing that the service depends on; null: its function was not found. */
  isShallow: boolean | null;
}

/** The likeliest first. */
const NAMES: RegExp[] = [
  /\/(?:health|healthz|healthcheck|-|_)\/(?:ready|readiness|readyz)\/?$/,
  /\/(?:ready|readyz|readiness)\/?$/,
  /\/(?:healthz|health|healthcheck|health-check|health_check|_health|healthy|ht)\/?$/,
  /\/(?:__lbheartbeat__|__heartbeat__|heartbeat|health\/live|health\/liveness|livez|live|status|up|ping)\/?$/,
];
/** Sorts last among found routes. */
const OTHER = NAMES.length;

const TEXT = `r?(["'])([^"']*)`;
const CALLS: RegExp[] = [
  // @app.get("/x"), @router.api_route("/x"), and Litestar's @get("/x")
  new RegExp(
    `^\\s*@(?:([\\w.]+)\\.)?(?:get|head|route|api_route|view)\\(\\s*(?:path\\s*=\\s*)?${TEXT}\\2`,
    'g',
  ),
  // Route("/x", f), app.add_api_route("/x", f), app.add_url_rule("/x", …), app.add_route(f, "/x")
  new RegExp(
    `(?:^|[\\s[(,])(?:(\\w[\\w.]*)\\.)?(?:Route|add_api_route|add_url_rule|add_route|add_get)\\(\\s*(?:\\w+,\\s*)?${TEXT}\\2`,
    'g',
  ),
];
const DJANGO = new RegExp(`(?:^|[\\s[(,])(?:re_)?path\\(\\s*${TEXT}\\1\\s*,\\s*([^,)\\]]*)`, 'g');
const INCLUDED = /include\(\s*["']([\w.]+)["']/;

/** Every route of the code that is asked without parameters; those that tell about health first. */
export function healthRoutes(modules: Module[]): HealthRoute[] {
  const routes = [...modules.flatMap((module) => calledRoutes(module, modules)), ...djangoRoutes(modules)];
  const isHealth = ({ path }: HealthRoute) =>
    /^\/[\w./~-]*$/.test(path) && path.length <= 200 && rankOf(path) < OTHER;
  // An app without a framework compares the path itself.
  const all = routes.length > 0 ? routes : modules.flatMap(comparedPaths);
  return all
    .filter(isHealth)
    .sort((a, b) => rankOf(a.path) - rankOf(b.path) || a.path.length - b.path.length);
}

function comparedPaths({ file, lines }: Module): HealthRoute[] {
  return lines.flatMap((line, at) =>
    [...line.matchAll(/["'](\/[\w/-]{1,60})["']/g)].map(([, path = '']) => ({
      path,
      file,
      line: at + 1,
      isShallow: null,
    })),
  );
}

/** Whether the app answers at `/`. */
export function answersAtRoot(modules: Module[]): boolean {
  return [...modules.flatMap((module) => calledRoutes(module, modules)), ...djangoRoutes(modules)].some(
    ({ path }) => path === '/',
  );
}

function rankOf(path: string): number {
  const at = NAMES.findIndex((pattern) => pattern.test(path));
  return at < 0 ? OTHER : at;
}

function calledRoutes(module: Module, modules: Module[]): HealthRoute[] {
  return module.lines.flatMap((line, at) => {
    // The arguments may begin on the next line.
    const whole = /[(,]\s*$/.test(line) ? `${line.trimEnd()}${(module.lines[at + 1] ?? '').trim()}` : line;
    return CALLS.flatMap((pattern) =>
      [...whole.matchAll(pattern)].slice(0, 20).flatMap((match) => {
        const [, owner = '', , written = ''] = match;
        const path = `${prefixOf(owner.split('.').at(-1) ?? '', module, modules)}${written}`;
        const isShallow = isShallowAt(module, at, whole.slice(match.index), modules);
        return [{ path, file: module.file, line: at + 1, isShallow }];
      }),
    );
  });
}

/** `APIRouter(prefix="/a")` and `include_router(x, prefix="/b")`; the same of Flask's blueprints. */
function prefixOf(owner: string, module: Module, modules: Module[]): string {
  if (owner === '' || owner === 'app') return '';
  const own = new RegExp(`^${owner}\\s*(?::[^=]+)?=\\s*[\\w.]+\\(`);
  const at = module.lines.findIndex((line) => own.test(line));
  const made = at < 0 ? '' : callText(module.lines, at);
  const inner = /\b(?:url_)?prefix\s*=\s*["']([^"']*)["']/.exec(made)?.[1] ?? '';
  const outer = modules.flatMap(({ lines }) =>
    lines.flatMap((line, index) => {
      const [, name = ''] = /\b(?:include_router|register_blueprint)\(\s*([\w.]*)/.exec(line) ?? [];
      const call = callText(lines, index);
      const given = name === '' ? (/\(\s*([\w.]+)/.exec(call)?.[1] ?? '') : name;
      if (!/include_router|register_blueprint/.test(line) || !isMeant(given, owner, module, lines)) return [];
      return [/\b(?:url_)?prefix\s*=\s*["']([^"']*)["']/.exec(call)?.[1] ?? ''];
    }),
  );
  return `${outer[0] ?? ''}${inner}`;
}

/** Whether `health.router`, or an imported `health_router`, is the router of that module. */
function isMeant(given: string, owner: string, module: Module, lines: string[]): boolean {
  const own = module.name?.split('.').at(-1) ?? '';
  const parts = given.split('.');
  if (parts.length > 1) return parts.at(-1) === owner && (parts.at(-2) === own || own === '');
  const imported = new RegExp(
    `from\\s+[\\w.]*\\b${own}\\s+import\\s+.*\\b${owner}(?:\\s+as\\s+${given})?\\b`,
  );
  return given === owner
    ? module.lines === lines || lines.some((line) => imported.test(line))
    : lines.some((line) => imported.test(line) && line.includes(given));
}

/** A call that begins on this line, to its closing bracket or for a few lines. */
function callText(lines: string[], at: number): string {
  let text = '';
  for (const line of lines.slice(at, at + 8)) {
    text += line;
    if ((text.match(/\(/g)?.length ?? 0) <= (text.match(/\)/g)?.length ?? 0)) break;
  }
  return text;
}

function djangoRoutes(modules: Module[]): HealthRoute[] {
  const urls = modules.filter(({ lines }) => lines.some((line) => /\burlpatterns\b/.test(line)));
  const included = new Set(
    urls.flatMap(({ lines }) => lines.flatMap((line) => INCLUDED.exec(line)?.[1] ?? [])),
  );
  const roots = urls.filter(({ name }) => name === null || !included.has(name));
  const routesOf = (module: Module, prefix: string, depth: number): HealthRoute[] =>
    module.lines.flatMap((_, at) => {
      if (!/\b(?:re_)?path\(/.test(module.lines[at] ?? '')) return [];
      const call = callText(module.lines, at);
      return [...call.matchAll(DJANGO)].slice(0, 5).flatMap(([all, , written = '', target = '']) => {
        const path = `${prefix}${written.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\', '')}`;
        const below = INCLUDED.exec(call.slice(call.indexOf(all)))?.[1];
        if (/^include\(/.test(target.trim()) && below !== undefined) {
          const next = urls.find(({ name }) => name === below);
          if (next !== undefined && depth < 4) return routesOf(next, path, depth + 1);
          // The package django-health-check serves at the place where it is included.
          return /^health_check\b/.test(below)
            ? [{ path, file: module.file, line: at + 1, isShallow: false }]
            : [];
        }
        const called = target.trim().split('.').at(-1) ?? '';
        return [
          { path, file: module.file, line: at + 1, isShallow: shallowFunction(called, modules, target) },
        ];
      });
    });
  return roots.flatMap((root) => routesOf(root, '/', 0));
}

function isShallowAt(module: Module, at: number, call: string, modules: Module[]): boolean | null {
  const isDecorator = /^\s*@/.test(module.lines[at] ?? '');
  if (!isDecorator) {
    const named = /\)?,\s*(?:\w+\s*=\s*)?([A-Za-z_]\w*)/.exec(call.slice(call.search(/["']/)))?.[1];
    return named === undefined ? null : shallowFunction(named, [module, ...modules], '');
  }
  const start = module.lines.findIndex((line, index) => index > at && /^\s*(?:async\s+)?def\s/.test(line));
  return start < 0 || start > at + 10 ? null : isShallowFunction(module.lines, start);
}

function shallowFunction(name: string, modules: Module[], inline: string): boolean | null {
  if (/^\s*lambda\b/.test(inline)) return true;
  if (!/^[A-Za-z_]\w*$/.test(name)) return null;
  const definition = new RegExp(`^\\s*(?:async\\s+)?def\\s+${name}\\(`);
  for (const { lines } of modules) {
    const at = lines.findIndex((line) => definition.test(line));
    if (at >= 0) return isShallowFunction(lines, at);
  }
  return null;
}

const ANSWERS =
  /\b(?:\w*Response|jsonify|dict|str|int|float|make_response|HttpResponse\w*|text|json|render_template)\(/g;

/** A function that calls nothing but the makers of an answer, and gets nothing injected, checks nothing. */
function isShallowFunction(lines: string[], at: number): boolean {
  const signature = callText(lines, at);
  if (/\bDepends\(|\bAnnotated\[|\b(?:session|db|conn|engine|redis|pool)\b/i.test(signature)) return false;
  const body = blockBelow(lines, at).join('\n').replace(ANSWERS, '');
  return !/\w\(|\bawait\b/.test(body);
}
