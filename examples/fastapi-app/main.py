"""A small web service that can say whether it is able to serve."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

VERSION = "1.0.0"

# Read at import: a host without it is found out by `python -c "from main import app"`.
DATABASE_URL = os.environ["DATABASE_URL"]

READY_LIMIT_SECONDS = 1.0
CLOSE_LIMIT_SECONDS = 5.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # min_size=0 opens no connection yet: the app also starts while the database is down, and says so
    # in /health/ready, instead of crashing again and again.
    app.state.pool = await asyncpg.create_pool(DATABASE_URL, min_size=0, max_size=5)
    yield
    try:
        async with asyncio.timeout(CLOSE_LIMIT_SECONDS):
            await app.state.pool.close()
    except TimeoutError:
        pass  # asyncpg has cut the connections that did not close in time.


app = FastAPI(title="shop", lifespan=lifespan)


@app.get("/")
async def root() -> dict[str, str]:
    return {"service": "shop", "version": VERSION}


@app.get("/health")
async def health() -> dict[str, str]:
    """Liveness: this process answers. Asks nothing else, so a database outage causes no restart."""
    return {"status": "ok"}


@app.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Readiness: what this service cannot work without answers too, within a limit that holds."""
    try:
        async with asyncio.timeout(READY_LIMIT_SECONDS):
            await ask_database(request.app.state.pool)
    except Exception as error:
        # The kind of error only: messages of database drivers may hold hosts, users or more.
        failed = {"database": type(error).__name__}
        return JSONResponse({"status": "unavailable", "failed": failed}, status_code=503)
    return JSONResponse({"status": "ok", "version": VERSION})


async def ask_database(pool: asyncpg.Pool) -> None:
    connection = await pool.acquire()
    try:
        await connection.fetchval("SELECT 1")
    except BaseException:
        # Giving a connection back waits for the server. One that is frozen would hold us far longer
        # than our limit, so cut the connection first.
        connection.terminate()
        raise
    finally:
        await pool.release(connection)
