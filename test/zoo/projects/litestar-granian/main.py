"""A Litestar app that says which version it is."""

from pathlib import Path

from litestar import Litestar, get

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


@get("/")
async def version() -> str:
    return VERSION


@get("/health/ready")
async def ready() -> dict[str, str]:
    return {"status": "ok"}


app = Litestar([version, ready])
