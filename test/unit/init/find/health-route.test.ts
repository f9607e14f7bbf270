import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Project } from '../../../../src/deployment/project/project';
import { modulesOf } from '../../../../src/init/find/code';
import { healthRoutes } from '../../../../src/init/find/health-route';
import { commitOf } from '../../deployment/project/commit';

/** `path shallow` of each route, the likeliest first. */
function routesOf(files: Record<string, string>): string[] {
  const modules = modulesOf(new Project(commitOf(files)), '');
  return healthRoutes(modules).map(({ path, isShallow }) => `${path} ${isShallow}`);
}

const OK = 'def f():\n    return {"status": "ok"}\n';

describe('the health routes of the code', () => {
  const rows: { title: string; files: Record<string, string>; routes: string[] }[] = [
    {
      title: 'the route about readiness comes before the one about health',
      files: {
        'main.py': `@app.get("/health")\n${OK}\n@app.get("/health/ready")\n${OK}\n@app.get("/items")\n${OK}`,
      },
      routes: ['/health/ready true', '/health true'],
    },
    {
      title: 'a route that asks a database, or gets a session, is not shallow',
      files: {
        'main.py':
          '@app.get("/healthz")\nasync def f(session: Session = Depends(get)):\n    return {}\n@app.get("/ready")\ndef g():\n    db.execute("select 1")\n    return PlainTextResponse("ok")\n',
      },
      routes: ['/ready false', '/healthz false'],
    },
    {
      title: 'prefixes of a router and of its inclusion count',
      files: {
        'main.py': 'from api import health\napp.include_router(\n    health.router,\n    prefix="/api",\n)\n',
        'api/__init__.py': '',
        'api/health.py': `router = APIRouter(prefix="/v1", tags=["x"])\n@router.get(\n    "/health",\n)\n${OK}`,
      },
      routes: ['/api/v1/health true'],
    },
    {
      title: "prefixes of Flask's blueprints count",
      files: {
        'app.py': 'from health import bp as health_bp\napp.register_blueprint(health_bp, url_prefix="/-")\n',
        'health.py': `bp = Blueprint("h", __name__)\n@bp.route("/ready", methods=["GET"])\n${OK}`,
      },
      routes: ['/-/ready true'],
    },
    {
      title: 'lists of routes, and calls that add one',
      files: {
        'main.py': `${OK}app = Starlette(routes=[Route("/", f), Route("/readyz", f)])\napp.add_api_route("/healthz", f)\n`,
      },
      routes: ['/readyz true', '/healthz true'],
    },
    {
      title: 'urls of Django, with their inclusions and patterns',
      files: {
        'shop/urls.py':
          'urlpatterns = [\n    path("api/", include("shop.api.urls")),\n    re_path(r"^healthz/$", views.health),\n    path("ht/", include("health_check.urls")),\n]\n',
        'shop/api/urls.py': 'urlpatterns = [path("ready", lambda request: HttpResponse())]\n',
        'shop/views.py': 'def health(request):\n    return HttpResponse("ok")\n',
      },
      routes: ['/api/ready true', '/ht/ false', '/healthz/ true'],
    },
    {
      title: 'comments, docstrings, tests and paths with parameters are not routes',
      files: {
        'main.py':
          '# @app.get("/ready")\n"""\n@app.get("/ready")\n"""\n@app.get("/{name}/ready")\ndef f(): pass\n',
        'tests/test_a.py': `@app.get("/ready")\n${OK}`,
      },
      routes: [],
    },
    {
      title: 'an app without a framework compares the path',
      files: {
        'main.py':
          'def app(environ, start):\n    if environ["PATH_INFO"] == "/health/ready":\n        pass\n',
      },
      routes: ['/health/ready null'],
    },
  ];
  for (const { title, files, routes } of rows) it(title, () => assert.deepEqual(routesOf(files), routes));
});
