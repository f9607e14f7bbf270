"""The Celery app: one task, and one that beat sends every second."""

import os
from pathlib import Path

from celery import Celery

VERSION = (Path(__file__).parent.parent / "version.txt").read_text().strip()
celery = Celery("shop", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
celery.conf.beat_schedule = {"tick": {"task": "shop.tick", "schedule": 1.0}}


@celery.task
def version_of_worker() -> str:
    return VERSION


@celery.task
def tick() -> None:
    celery.backend.client.set("tick", VERSION)
