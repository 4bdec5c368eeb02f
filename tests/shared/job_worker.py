"""``python -m tests.shared.job_worker``: a worker in a hurry, as a process of its own.

LIANXUE_TEST_SCHEDULE gives it one schedule whose slot lasts for years.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from lianxue.shared.jobs import leases  # noqa: E402
from lianxue.shared.jobs.registry import Every, Schedule  # noqa: E402
from lianxue.shared.jobs.worker import Timing, Worker  # noqa: E402
from tests.shared.job_samples import tick  # noqa: E402

HURRY = Timing(lease=2, beat=0.3, poll=0.02, housekeeping=0.1, grace=0.3)
YEARS = Every(seconds=10**8)

if __name__ == "__main__":
    leases.BACKOFF_SECONDS = 0.1
    schedules = [Schedule("tick", tick, YEARS)]
    Worker(schedules if os.environ.get("LIANXUE_TEST_SCHEDULE") else [], HURRY).run()
