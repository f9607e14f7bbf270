/**
 * The releases that are deployed: the example app with two endpoints for the load, and one fault each.
 * A release names itself in every answer, so the bench knows which one answered.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root';

/** The paths that the load asks for. */
export const PATHS = { quick: '/quick', slow: '/slow' };

const EXAMPLE = readFileSync(join(packageRoot(), 'examples', 'fastapi-app', 'main.py'), 'utf8');

/** The files of a commit. */
export function app(version: string, fault = ''): Record<string, string> {
  return { 'main.py': [EXAMPLE, endpoints(version), fault].join('\n\n') };
}

function endpoints(version: string): string {
  return `
VERSION = "${version}"


def broken() -> bool:
    return False


def answer() -> JSONResponse:
    return JSONResponse({"version": VERSION}, status_code=500 if broken() else 200)


@app.get("${PATHS.quick}")
async def quick() -> JSONResponse:
    return answer()


@app.get("${PATHS.slow}")
async def slow() -> JSONResponse:
    await asyncio.sleep(1)
    return answer()
`;
}

export const CANNOT_BE_IMPORTED = 'import no_such_module';

export const CRASHES_AT_START_UP = `
@asynccontextmanager
async def failing(app: FastAPI) -> AsyncIterator[None]:
    raise RuntimeError("no licence")
    yield


app.router.lifespan_context = failing
`;

/** No database listens there: the app says so when it is asked, and cannot do its work. */
export const NEVER_READY = `
DATABASE_URL = "postgresql://shop@127.0.0.1:1/shop"


def broken() -> bool:
    return True
`;

/** For how long a release that goes bad is a good one; counted from its first user, in each worker. */
export const GOOD_FOR_SECONDS = 2;

export const GOES_BAD = `
import time

first_user = None


def broken() -> bool:
    global first_user
    first_user = first_user or time.monotonic()
    return time.monotonic() - first_user > ${GOOD_FOR_SECONDS}


async def ask_database(pool: asyncpg.Pool) -> None:
    if first_user and broken():
        raise ConnectionError
`;
