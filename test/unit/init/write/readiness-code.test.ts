import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { examine } from '../../../../src/init/examine';
import { readinessCode } from '../../../../src/init/write/readiness-code';
import { commitOf } from '../../deployment/project/commit';

/** The added lines, and the file as a whole, which Python has parsed. */
function added(files: Record<string, string>): { path: string; lines: string[]; after: string } | null {
  const found = examine(commitOf(files));
  const code = readinessCode(found, found.apps[0] ?? 'main:app', '', (path) => files[path] ?? null);
  if (code === null) return null;
  const parsed = spawnSync('python3', ['-I', '-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
    input: code.after,
    encoding: 'utf8',
  });
  assert.equal(parsed.status, 0, parsed.stderr);
  // Once it is there, it is found, and not added again.
  const again = examine(commitOf({ ...files, [code.path]: code.after }));
  assert.deepEqual(
    again.routes.map(({ path }) => path),
    ['/health/ready'],
  );
  const lines = code.after
    .split('\n')
    .filter((line) => line !== '' && !code.before.split('\n').includes(line));
  return { path: code.path, lines, after: code.after };
}

describe('the proposed readiness route', () => {
  it('stands behind the call that makes an app of FastAPI, before any mount', () => {
    const found = added({
      'shop/main.py':
        'from fastapi import FastAPI\n\napp = FastAPI(\n    title="a (b",\n)\napp.mount("/", StaticFiles())\n\n\n@app.get("/items")\ndef items():\n    return []\n',
    });
    assert.equal(found?.path, 'shop/main.py');
    assert.deepEqual(found?.lines.slice(0, 2), [
      '@app.get("/health/ready", include_in_schema=False)',
      'def health_ready() -> dict[str, str]:',
    ]);
    assert.ok((found?.after.indexOf('health_ready') ?? 0) < (found?.after.indexOf('app.mount') ?? 0));
  });

  it('stands in the factory of a Flask app', () => {
    const found = added({
      'shop/__init__.py':
        'from flask import Flask\n\n\ndef create_app():\n    application = Flask(__name__)\n    return application\n',
      'requirements.txt': 'flask\n',
    });
    assert.deepEqual(found?.lines, [
      '    @application.route("/health/ready")',
      '    def health_ready():',
      '        """Ready to serve? Landfall asks this. Check here what the service cannot work without."""',
      '        return {"status": "ok"}',
    ]);
  });

  it('comes first in the urls of Django, asks the database, and adds only the imports that are missing', () => {
    const found = added({
      'manage.py': '',
      'shop/wsgi.py':
        'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
      'shop/settings.py': 'ROOT_URLCONF = "shop.urls"\n',
      'shop/urls.py':
        '"""Urls."""\nfrom django.urls import (\n    include,\n    path,\n)\n\nurlpatterns = [\n    path("", index),\n]\n',
      'requirements.txt': 'django\n',
    });
    assert.equal(found?.path, 'shop/urls.py');
    assert.ok(found?.lines.includes('    connection.ensure_connection()'));
    assert.ok(found?.lines.includes('from django.db import connection'));
    assert.equal(found?.lines.at(-1), 'urlpatterns = [path("health/ready", health_ready), *urlpatterns]');
  });

  it('is none for another framework, and for an app whose place is not found', () => {
    assert.equal(added({ 'main.py': 'from litestar import Litestar\napp = Litestar([])\n' }), null);
    assert.equal(added({ 'main.py': 'from fastapi import FastAPI\nfrom x import app\n' }), null);
  });
});
