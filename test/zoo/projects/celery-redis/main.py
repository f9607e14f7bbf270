"""The web half: it puts tasks into Redis, and gives what a worker made of them."""

from pathlib import Path

from shop import celery, version_of_worker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


async def version(request: Request) -> PlainTextResponse:
    return PlainTextResponse(VERSION)


def task(request: Request) -> PlainTextResponse:
    return PlainTextResponse(version_of_worker.delay().get(timeout=10))


def told(request: Request) -> PlainTextResponse:
    """The version that a process has left."""
    left = celery.backend.client.get(request.path_params["by"])
    return PlainTextResponse((left or b"").decode())


def ready(request: Request) -> JSONResponse:
    celery.backend.client.ping()
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/", version),
        Route("/task", task),
        Route("/told/{by}", told),
        Route("/health/ready", ready),
    ]
)
