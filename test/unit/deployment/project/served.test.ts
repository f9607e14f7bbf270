import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../../src/config/deploy-input';
import { readFacts } from '../../../../src/deployment/project/read-facts';
import { servedBy } from '../../../../src/deployment/project/served';
import { settings } from '../../../harness/deploy-input';

const FASTAPI = 'from fastapi import FastAPI\napp = FastAPI()\n';
const FLASK = 'from flask import Flask\napp = Flask(__name__)\n';
const PINS = 'gunicorn==27.0.1\nuvicorn-worker==0.4.0\nuvicorn[standard]==0.54.0\nfastapi==0.116\n';
const standard = settings();
const gunicorn = (changes: Partial<ServiceSettings['gunicorn']>) => ({
  gunicorn: { ...standard.gunicorn, ...changes },
});

/** Files, changes of landfall.yaml, and the sentence of the plan behind its beginning. */
const ROWS: Record<string, [Record<string, string>, Partial<ServiceSettings>, string | null]> = {
  'defaults of Landfall': [
    { 'main.py': FASTAPI, 'requirements.txt': PINS },
    {},
    'gunicorn 27.0.1 with uvicorn_worker.UvicornWorker; main:app is ASGI (FastAPI, main.py line 2); workers 2, timeout 30 s, graceful timeout 30 s',
  ],
  'each value with its source': [
    {
      'main.py': FLASK,
      'requirements.txt': 'gunicorn==23.0.0\nflask\n',
      'gunicorn.conf.py':
        "import os\nworkers = 5\ntimeout = os.environ.get('T')\nthreads = 8  # busy\ndaemon = True\n",
    },
    { ...gunicorn({ gracefulTimeout: 90_000 }), env: { GUNICORN_CMD_ARGS: '--workers 3' } },
    'gunicorn 23.0.0 with sync; main:app is WSGI (Flask, main.py line 2); GUNICORN_CMD_ARGS decides workers; gunicorn.conf.py decides threads, timeout; Landfall overrules daemon of gunicorn.conf.py; workers 3 (GUNICORN_CMD_ARGS), threads 8 (gunicorn.conf.py), timeout as gunicorn.conf.py computes, graceful timeout 90 s (landfall.yaml)',
  ],
  'threads by default': [
    { 'main.py': FLASK, 'requirements.txt': 'gunicorn==23.0.0\nflask\n' },
    gunicorn({ workerClass: 'gthread' }),
    'gunicorn 23.0.0 with gthread (landfall.yaml); main:app is WSGI (Flask, main.py line 2); workers 2, threads 4, timeout 30 s, graceful timeout 30 s',
  ],
  'no version is known': [
    {
      'src/shop/web.py': FASTAPI,
      'pyproject.toml': '[project]\ndependencies = ["gunicorn>=22", "fastapi"]\n',
      'uv.lock': 'version = 1\n',
    },
    { app: 'shop.web:app' },
    'gunicorn with asgi; shop.web:app is ASGI (FastAPI, src/shop/web.py line 2); workers 2, timeout 30 s, graceful timeout 30 s',
  ],
  'nothing says so': [{ 'main.py': FLASK, 'requirements.txt': 'flask\n' }, {}, null],
};

for (const [name, [files, changes, sentence]] of Object.entries(ROWS))
  test(`the plan says how a commit will be served: ${name}`, () => {
    const entries = Object.entries(files).map(([path, text]) => ({
      path,
      kind: 'file' as const,
      bytes: text.length,
    }));
    const contents = new Map(
      Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]),
    );
    const commit = { folder: '', entries, contents };
    const written = { ...standard, ...changes };
    const said = servedBy(commit, readFacts(commit, written), written);
    assert.equal(said, sentence && `server, as far as the commit says: ${sentence}`);
  });
