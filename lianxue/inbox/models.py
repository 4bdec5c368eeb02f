"""What waits for a person or a role, and short system messages."""

from django.db import models


class InboxItem(models.Model):
    """One thing that waits (待办) or one short system message (消息).

    Addressed to a *place*, an opaque key that the apps above hand in: ``user:5`` for a person,
    ``org:12:admin`` for whoever administers that organisation. One row however many people hold
    the role (design rule 9). A todo is over when somebody has done it, a message when it was read.

    Personal data: names in ``title`` and ``body``, never phones.
    """

    class Kind(models.TextChoices):
        TODO = "todo", "待办"
        MESSAGE = "message", "消息"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    place = models.CharField(max_length=60)
    topic = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=300, default="")
    link = models.CharField(max_length=200, default="")
    organization_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=60, default="")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "收件"
        constraints = [
            models.UniqueConstraint(
                fields=["place", "topic", "subject"],
                condition=models.Q(done_at=None, kind="todo"),
                name="inbox_one_open_todo",
            )
        ]
        indexes = [
            models.Index(fields=["place", "done_at", "-created_at"], name="inbox_place"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.topic}"
