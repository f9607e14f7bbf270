"""A Flask app; its file is called app.py, as Flask looks for it."""

from pathlib import Path

from flask import Flask

app = Flask(__name__)
VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


@app.get("/")
def version() -> str:
    return VERSION


@app.get("/health/ready")
def ready() -> dict[str, str]:
    return {"status": "ok"}
