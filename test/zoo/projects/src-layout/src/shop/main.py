"""A package with an entry point that reads its own metadata."""

from importlib.metadata import version as version_of
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


def print_version() -> None:
    print(VERSION)


@app.get("/")
def version() -> str:
    return f"{VERSION} of shop {version_of('shop')}"


@app.get("/health/ready")
def ready() -> dict[str, str]:
    return {"status": "ok"}
