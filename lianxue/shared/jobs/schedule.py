"""Enqueues each slot of each schedule once, however many workers ask."""

import logging
from collections.abc import Sequence

from django.db import transaction

from lianxue.shared.clock import now

from .models import ScheduleSlot
from .registry import Schedule

logger = logging.getLogger(__name__)


def enqueue_due(schedules: Sequence[Schedule]) -> list[str]:
    """Enqueue what is due now; the names of what was.

    A schedule seen for the first time waits for its next slot. After a pause only the newest
    slot is made up for, not every one that was missed.
    """
    moment = now()
    current = {schedule.name: schedule.when.slot(moment) for schedule in schedules}
    known = dict(ScheduleSlot.objects.filter(name__in=current).values_list("name", "slot"))
    first_seen = [
        ScheduleSlot(name=name, slot=slot) for name, slot in current.items() if name not in known
    ]
    if first_seen:
        ScheduleSlot.objects.bulk_create(first_seen, ignore_conflicts=True)
    enqueued = []
    for schedule in schedules:
        slot = current[schedule.name]
        if schedule.name not in known or known[schedule.name] >= slot:
            continue
        with transaction.atomic():
            behind = ScheduleSlot.objects.filter(name=schedule.name, slot__lt=slot)
            if behind.update(slot=slot):
                schedule.task.enqueue()
                enqueued.append(schedule.name)
    for name in enqueued:
        logger.info("scheduled %s", name)
    return enqueued
