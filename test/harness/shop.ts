/**
 * A service for tests that are about the deploy and not about the app. The service imports only the standard
 * library. A start of the example app costs three times as much, and a deploy starts an app four to six times.
 * Tests about the app take the example app, see example-app.ts.
 */
import { requirements } from './example-app';

/** Where markers lie, files that a test makes and removes: it outlives releases and the service may write there. */
export const MARKERS = '/srv/shop/shared';

type Files = { 'main.py': string; 'requirements.txt': string };

/** The files of a release whose answers name this version. */
export function shop(version: string, ...additions: string[]): Files {
  return { 'main.py': [serviceOf(version), ...additions].join('\n\n'), 'requirements.txt': REQUIREMENTS };
}

/** The same where the version does not matter. */
export function shopWith(...additions: string[]): Files {
  return shop('1.0.0', ...additions);
}

/** The servers of the example app, without its framework. */
const SERVERS = ['click', 'gunicorn', 'h11', 'packaging', 'typing-extensions', 'uvicorn', 'uvicorn-worker'];
const REQUIREMENTS = requirements
  .split('\n')
  .filter((line) => SERVERS.includes(line.split('==')[0] ?? ''))
  .map((line) => `${line}\n`)
  .join('');

const serviceOf = (version: string) => `
import asyncio
import json
import os
import re
import sys
import time
import traceback
from pathlib import Path

VERSION = "${version}"
MARKERS = Path("${MARKERS}")
# Neither the import check nor the rehearsal runs in the service's unit.
IN_SERVICE = re.search(r"/shop(@[^/]*)?\\.service", Path("/proc/self/cgroup").read_text()) is not None
# Each returns why the service is not ready, or None.
CHECKS = []
# Called when the server starts the service, before its first request.
STARTS = []


class Service:
    def __init__(self):
        self.routes = {}

    def get(self, path):
        def take(handler):
            self.routes[path] = handler
            return handler
        return take

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.live(receive, send)
        handler = self.routes.get(scope["path"])
        status, answer = (404, {}) if handler is None else await handler()
        body = answer if isinstance(answer, bytes) else json.dumps(answer, separators=(",", ":")).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def live(self, receive, send):
        await receive()
        try:
            for start in STARTS:
                start()
        except Exception:
            await send({"type": "lifespan.startup.failed", "message": traceback.format_exc()})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


app = Service()


@app.get("/")
async def root():
    return 200, {"service": "shop", "version": VERSION}


@app.get("/slow")
async def slow():
    await asyncio.sleep(1)
    return await root()


@app.get("/health/ready")
async def ready():
    for failed in filter(None, (check() for check in CHECKS)):
        return 503, {"status": "unavailable", "failed": failed}
    return 200, {"status": "ok", "version": VERSION}
`;

/** Readiness fails in service while the marker is there. */
export function unreadyWhile(marker: string): string {
  return `CHECKS.append(lambda: "${marker}" if IN_SERVICE and (MARKERS / "${marker}").exists() else None)`;
}

/** A start in service that makes one marker while another one is there: damage that outlives the release. */
export function damages(damage: string, options: { whileThere: string }): string {
  return `
if IN_SERVICE and (MARKERS / "${options.whileThere}").exists():
    (MARKERS / "${damage}").touch()
`;
}

/** A start in service that removes one marker while another one is there: the release that repairs the cause. */
export function repairs(damage: string, options: { whileThere: string }): string {
  return `
if IN_SERVICE and (MARKERS / "${options.whileThere}").exists():
    (MARKERS / "${damage}").unlink(missing_ok=True)
`;
}

/** An import that lasts until the marker is gone. */
export function importsAfter(marker: string): string {
  return `
while (MARKERS / "${marker}").exists():
    time.sleep(0.05)
`;
}

/** An import that fails while the marker is there. */
export function unimportableWhile(marker: string): string {
  return `
if (MARKERS / "${marker}").exists():
    raise RuntimeError("${marker}")
`;
}
