"""The job of RQ, and of the others: leaves the version that does it."""

import os
from pathlib import Path

from redis import Redis

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()
REDIS = Redis.from_url(os.environ["REDIS_URL"])


def leave_version(by: str) -> None:
    REDIS.set(by, VERSION)
