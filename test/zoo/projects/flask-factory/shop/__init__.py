"""An app that a factory makes, with a name of its configuration."""

import os
from pathlib import Path

from flask import Flask

VERSION = (Path(__file__).parent.parent / "version.txt").read_text().strip()


def create_app(config: str) -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def version() -> str:
        return f"{VERSION} {config} {os.environ['SERVER_SOFTWARE']}"

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ok"}

    return app
