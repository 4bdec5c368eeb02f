"""Work tasks: what is asked, who answers, what was answered and what became of it.

A task is a notice (``notices.Notice`` of kind TASK) with questions: its audience, relays, receipts,
recall and numbers are the notice's. Nothing is written for who has not begun to answer.
"""

from django.db import models

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.crypto import EncryptedTextField


class WorkTask(models.Model):
    """What makes a notice a task (工作任务).

    ``respondents`` MEMBERS: everybody in each relay's own audience answers for oneself. UNITS: each
    subordinate organisation that a relay is for, and each branch that it names, answers once.
    ``period``: for how long an answer to the same question holds (减负).
    Personal data: none of its own.
    """

    class Respondents(models.TextChoices):
        MEMBERS = "members", "成员个人"
        UNITS = "units", "单位（下级组织、支部）"

    class Period(models.TextChoices):
        MONTH = "month", "本月"
        QUARTER = "quarter", "本季度"
        YEAR = "year", "本年"

    notice = models.OneToOneField(
        Notice, on_delete=models.CASCADE, primary_key=True, related_name="task"
    )
    respondents = models.CharField(
        max_length=10, choices=Respondents.choices, default=Respondents.UNITS
    )
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.YEAR)
    #: Whether text messages go out a day before the deadline to who has not answered.
    sms_before_deadline = models.BooleanField(default=False)

    class Meta:
        verbose_name = "工作任务"

    def __str__(self) -> str:
        return f"task {self.pk}"


class Question(models.Model):
    """One field of a task's form. ``key`` is the same for the same question in any task
    (``fields.question_key``: kind, label without spaces and marks, unit), by which an answer given
    before is found. Personal data: none of its own.
    """

    class Kind(models.TextChoices):
        TEXT = "text", "文字"
        NUMBER = "number", "数字"
        CHOICE = "choice", "选择"
        DATE = "date", "日期"
        FILE = "file", "文件"

    task = models.ForeignKey(WorkTask, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField("问题", max_length=60)
    hint = models.CharField("填写说明", max_length=100, default="", blank=True)
    required = models.BooleanField("必填", default=True)
    #: NUMBER: the unit that stands behind it (人, 次); CHOICE: the options, 2 to 20.
    unit = models.CharField("单位", max_length=10, default="", blank=True)
    options = models.JSONField(default=list, blank=True)
    key = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = "问题"
        constraints = [
            models.UniqueConstraint(fields=["task", "position"], name="question_in_place")
        ]

    def __str__(self) -> str:
        return self.label


class Answer(models.Model):
    """What one respondent answers: a member, a subordinate organisation, or a branch.

    ``relay`` is the one that asked: its organisation reviews (a member's and a branch's own
    organisation; for an organisation its superior). ``respondent`` is ``m:<membership>``,
    ``o:<organization>`` or ``b:<branch>``, and one of the three columns holds it.
    Personal data: who answered for whom; the answer's text.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未提交"
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"

    task = models.ForeignKey(WorkTask, on_delete=models.CASCADE, related_name="answers")
    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="answers")
    respondent = models.CharField(max_length=24)
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.CASCADE, related_name="task_answers"
    )
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="task_answers"
    )
    branch = models.ForeignKey(
        Branch, null=True, on_delete=models.SET_NULL, related_name="task_answers"
    )
    #: What the respondent was called when it answered last.
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    late = models.BooleanField(default=False)
    #: Counts the submissions; a form that was opened before somebody else's change is refused.
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_by_name = models.CharField(max_length=60, default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "答复"
        constraints = [
            models.UniqueConstraint(fields=["relay", "respondent"], name="answer_once"),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(submitted_at__isnull=False),
                name="answer_submitted_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["relay", "state", "submitted_at"], name="answer_review"),
            models.Index(fields=["respondent", "state"], name="answer_respondent"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class AnswerValue(models.Model):
    """One question's answer: plain text, ``12.5``, an option's words, ``2026-11-23``; for FILE
    empty, the files are ``AnswerFile``. Personal data: whatever was asked for; encrypted.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="values")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    text = EncryptedTextField(default="", blank=True)

    class Meta:
        verbose_name = "答复内容"
        constraints = [
            models.UniqueConstraint(fields=["answer", "question"], name="answer_value_once")
        ]

    def __str__(self) -> str:
        return f"value {self.pk}"


class AnswerFile(models.Model):
    """A file in an answer. Personal data: as the file."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="files")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "答复附件"
        constraints = [models.UniqueConstraint(fields=["answer", "file"], name="answer_file_once")]

    def __str__(self) -> str:
        return f"answer file {self.pk}"


class AnswerStep(models.Model):
    """What happened to an answer, in order: submitted, taken back, returned, accepted, reopened.

    ``values`` is what was submitted (JSON by question id; encrypted), empty for other steps.
    Personal data: who did it; the answer as it was.
    """

    class What(models.TextChoices):
        SUBMITTED = "submitted", "提交"
        TAKEN_BACK = "taken_back", "撤回修改"
        RETURNED = "returned", "退回"
        ACCEPTED = "accepted", "通过"
        REOPENED = "reopened", "取消通过"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=10, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=60)
    remark = models.CharField("意见", max_length=500, default="", blank=True)
    values = EncryptedTextField(default="", blank=True)

    class Meta:
        verbose_name = "答复经过"

    def __str__(self) -> str:
        return f"step {self.pk}"
