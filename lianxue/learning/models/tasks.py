"""Learning tasks: what is to be learned by when, and who has."""

from django.db import models

from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Membership

from .content import ContentItem


class LearningTask(models.Model):
    """What makes a notice a learning task (学习任务): contents, a quiz (``Quiz``), or both.

    Audience, relays, receipts, recall and numbers are the notice's (decision 12). Complete is who
    has finished every item, also before the task came, and passed the quiz.
    Personal data: none of its own.
    """

    notice = models.OneToOneField(
        Notice, on_delete=models.CASCADE, primary_key=True, related_name="learning_task"
    )

    class Meta:
        verbose_name = "学习任务"

    def __str__(self) -> str:
        return f"learning task {self.pk}"


class TaskContent(models.Model):
    """An item of a task, in its place; whom the task reaches may read it. Personal data: none."""

    task = models.ForeignKey(LearningTask, on_delete=models.CASCADE, related_name="contents")
    item = models.ForeignKey(ContentItem, on_delete=models.PROTECT, related_name="task_contents")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = "任务内容"
        constraints = [models.UniqueConstraint(fields=["task", "item"], name="task_content_once")]

    def __str__(self) -> str:
        return f"task content {self.pk}"


class Completion(models.Model):
    """That a member has completed a task that the own organisation passed on (完成).

    Written by what completed it, or when the task is opened by who had done all of it before.
    Personal data: who completed what, and when.
    """

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="completions")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    completed_at = models.DateTimeField()
    late = models.BooleanField(default=False)

    class Meta:
        verbose_name = "完成情况"
        constraints = [
            models.UniqueConstraint(fields=["relay", "membership"], name="completion_once")
        ]

    def __str__(self) -> str:
        return f"completion {self.pk}"


class TaskCount(models.Model):
    """A count of a moment of one relay's own members, summed along the chain (as the relay's own
    figures): ``expected`` whom it reaches, of them ``completed``, of these ``late``.

    Personal data: none.
    """

    relay = models.OneToOneField(
        Relay, on_delete=models.CASCADE, primary_key=True, related_name="learning_count"
    )
    expected = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = "学习任务统计"

    def __str__(self) -> str:
        return f"count of relay {self.pk}"
