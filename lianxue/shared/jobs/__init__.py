"""Background jobs: django-tasks' queue in the database, worked off under leases.

``registry``: declare a job and its schedule. ``leases``: who works on what, and until when.
``schedule``: what is due. ``worker``: the process. Jobs must be idempotent: a worker that dies
in the middle of one has it run again (docs/decisions/0001-worker-leases.md).
"""
