"""A FastAPI app that says which version it is."""

from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


@app.get("/")
def version() -> str:
    return VERSION


@app.get("/health/ready")
def ready() -> dict[str, str]:
    return {"status": "ok"}
