"""The scheduler, in a process of its own: inside the web app each worker would run its jobs."""

import signal
import sys

from apscheduler.schedulers.blocking import BlockingScheduler
from jobs import leave_version

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
scheduler = BlockingScheduler()
scheduler.add_job(leave_version, "interval", ["apscheduler"], seconds=1)
scheduler.start()
