"""The Celery app: one task, and one that beat sends every second."""

import os
from pathlib import Path

from celery import Celery

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()
celery = Celery("tasks", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
celery.conf.beat_schedule = {"tick": {"task": "tasks.tick", "schedule": 1.0}}
celery.conf.beat_schedule_filename = os.path.join(os.environ.get("RUNTIME_DIRECTORY", "/tmp"), "beat")


@celery.task
def version_of_worker() -> str:
    return VERSION


@celery.task
def tick() -> None:
    celery.backend.client.set("tick", VERSION)
