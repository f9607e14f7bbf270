"""The worker of arq: arq worker.WorkerSettings."""

import os

from arq.connections import RedisSettings
from jobs import leave_version


async def leave_version_too(context: dict) -> None:
    leave_version("arq")


class WorkerSettings:
    """As arq looks for it."""

    functions = (leave_version_too,)
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
