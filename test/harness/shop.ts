/** Variants of the example app: what tests add at its end. Markers are files that a test makes and removes. */
import { APP } from './bad-apps';

/** Where markers lie: what outlives releases, writable for the service. */
export const MARKERS = '/srv/shop/shared';

/** The files of a release that is the example app and these additions. */
export function shopWith(...additions: string[]): Record<string, string> {
  return { 'main.py': [APP, PRELUDE, ...additions].join('\n\n') };
}

const PRELUDE = `
import re
import time
from pathlib import Path

MARKERS = Path("${MARKERS}")
# Neither the import check nor the rehearsal runs in the service's unit.
IN_SERVICE = re.search(r"/shop(@[^/]*)?\\.service", Path("/proc/self/cgroup").read_text()) is not None
`;

/** Readiness fails in service while the marker is there. */
export function unreadyWhile(marker: string): string {
  return `
@app.middleware("http")
async def unready_while_${marker}(request, call_next):
    if IN_SERVICE and request.url.path == "/health/ready" and (MARKERS / "${marker}").exists():
        return JSONResponse({"status": "unavailable", "failed": "${marker}"}, status_code=503)
    return await call_next(request)
`;
}

/** A start in service that makes one marker while another one is there: damage that outlives the release. */
export function damages(damage: string, options: { whileThere: string }): string {
  return `
if IN_SERVICE and (MARKERS / "${options.whileThere}").exists():
    (MARKERS / "${damage}").touch()
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
