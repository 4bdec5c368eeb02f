"""``lianxue worker``: the background worker, as the supervisor starts it."""

import click

from config.schedules import SCHEDULES
from lianxue.shared.jobs.worker import Worker


@click.command()
def worker() -> None:
    """Run background jobs and their schedule until told to stop. Several may run at once."""
    Worker(SCHEDULES).run()
