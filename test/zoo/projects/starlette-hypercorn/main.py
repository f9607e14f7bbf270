"""A Starlette app that says which version it is."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


async def version(request: Request) -> PlainTextResponse:
    return PlainTextResponse(VERSION)


async def ready(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


app = Starlette(routes=[Route("/", version), Route("/health/ready", ready)])
