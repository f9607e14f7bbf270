"""Websockets and server-sent events, served by uvicorn alone."""

from collections.abc import AsyncIterator
from pathlib import Path

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


async def version(request: Request) -> PlainTextResponse:
    return PlainTextResponse(VERSION)


async def ready(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def events(request: Request) -> EventSourceResponse:
    async def all_events() -> AsyncIterator[str]:
        yield VERSION

    return EventSourceResponse(all_events())


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"{VERSION} {await socket.receive_text()}")
    await socket.close()


app = Starlette(
    routes=[
        Route("/", version),
        Route("/health/ready", ready),
        Route("/events", events),
        WebSocketRoute("/echo", echo),
    ]
)
