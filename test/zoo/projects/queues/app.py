"""The web half: it enqueues a job of RQ and one of arq, and says which version did them."""

import asyncio

from arq import create_pool
from flask import Flask
from jobs import REDIS, VERSION, leave_version
from rq import Queue
from worker import WorkerSettings

app = Flask(__name__)


async def enqueue_for_arq() -> None:
    pool = await create_pool(WorkerSettings.redis_settings)
    await pool.enqueue_job("leave_version_too")
    await pool.close()


@app.get("/")
def version() -> str:
    return VERSION


@app.get("/enqueue")
def enqueue() -> str:
    Queue(connection=REDIS).enqueue(leave_version, "rq")
    asyncio.run(enqueue_for_arq())
    return "enqueued"


@app.get("/told/<by>")
def told(by: str) -> str:
    """The version that did the last job."""
    return (REDIS.get(by) or b"").decode()


@app.get("/health/ready")
def ready() -> dict[str, str]:
    REDIS.ping()
    return {"status": "ok"}
