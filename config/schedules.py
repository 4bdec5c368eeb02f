"""Every periodic job, gathered from the apps' ``jobs.py``; the worker is given this list."""

from lianxue.accounts import jobs as accounts
from lianxue.contacts import jobs as contacts
from lianxue.files import jobs as files
from lianxue.learning import jobs as learning
from lianxue.notices import jobs as notices
from lianxue.organizations import jobs as organizations
from lianxue.shared.jobs import tasks
from lianxue.shared.jobs.registry import Schedule
from lianxue.worktasks import jobs as worktasks

SCHEDULES: list[Schedule] = [
    *tasks.SCHEDULES,
    *accounts.SCHEDULES,
    *contacts.SCHEDULES,
    *files.SCHEDULES,
    *organizations.SCHEDULES,
    *learning.SCHEDULES,
    *notices.SCHEDULES,
    *worktasks.SCHEDULES,
]
