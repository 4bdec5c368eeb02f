"""Question banks, quizzes that draw from them, and what people answered."""

from django.db import models
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization

from .tasks import LearningTask


class QuestionBank(models.Model):
    """A collection of questions of an organisation (题库). Personal data: none."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="question_banks"
    )
    name = models.CharField("题库名称", max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "题库"
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="bank_once")]

    def __str__(self) -> str:
        return self.name


class BankQuestion(models.Model):
    """One question; its words never change. A correction is a new row that ``replaces`` this one,
    and ``retired_at`` says since when this one is drawn no more.

    ``options``: of SINGLE and MULTIPLE, 2 to 8 texts. ``answer``: of those the places of the right
    options ([0, 2]), of JUDGE [true] or [false], of FILL for each blank (____ in the text) the
    accepted words ([["三会一课"], ["党课", "上党课"]]). ``key`` is the same for the same question
    (kind, words, options), by which an import finds what is there already.
    Personal data: none.
    """

    class Kind(models.TextChoices):
        SINGLE = "single", "单选题"
        MULTIPLE = "multiple", "多选题"
        JUDGE = "judge", "判断题"
        FILL = "fill", "填空题"

    bank = models.ForeignKey(QuestionBank, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField("题型", max_length=10, choices=Kind.choices)
    text = models.CharField("题干", max_length=500)
    options = models.JSONField("选项", default=list, blank=True)
    answer = models.JSONField("答案", default=list)
    explanation = models.CharField("解析", max_length=500, default="", blank=True)
    key = models.CharField(max_length=64)
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "题目"
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "key"], condition=Q(retired_at=None), name="bank_question_once"
            )
        ]
        indexes = [models.Index(fields=["bank", "kind", "retired_at"], name="bank_question_draw")]

    def __str__(self) -> str:
        return f"question {self.pk}"


class QuestionImport(models.Model):
    """A file of questions, looked at row by row, then taken in at once (as a member import).

    ``rows``: one per row of the sheet: {"number", "cells", "outcome", "errors", "question"};
    forgotten after 30 days. Personal data: the name of who uploaded it.
    """

    class State(models.TextChoices):
        READY = "ready", "待确认"
        DONE = "done", "已导入"
        UNDONE = "undone", "已撤销"

    bank = models.ForeignKey(QuestionBank, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    file_name = models.CharField(max_length=200)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "题目导入"
        indexes = [models.Index(fields=["bank", "-created_at"], name="question_import_list")]

    def __str__(self) -> str:
        return f"question import {self.pk}"


class Quiz(models.Model):
    """The quiz of a learning task (测验). ``attempts`` 0: as often as one likes.

    Personal data: none.
    """

    class Answers(models.TextChoices):
        AT_ONCE = "at_once", "交卷后立即显示"
        AFTER_DEADLINE = "after_deadline", "任务截止后显示"

    task = models.OneToOneField(
        LearningTask, on_delete=models.CASCADE, primary_key=True, related_name="quiz"
    )
    pass_percent = models.PositiveSmallIntegerField("及格线（%）", default=60)
    attempts = models.PositiveSmallIntegerField("可答次数", default=0)
    answers = models.CharField(
        "正确答案", max_length=20, choices=Answers.choices, default=Answers.AT_ONCE
    )

    class Meta:
        verbose_name = "测验"

    def __str__(self) -> str:
        return f"quiz {self.pk}"


class QuizPart(models.Model):
    """Where a quiz gets questions from: ``count`` of a kind, drawn from a bank for each paper, or
    the one ``question``. ``score``: whole points for each.

    Drawn is from what stood in the bank when the task was sent. Personal data: none.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    bank = models.ForeignKey(QuestionBank, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=BankQuestion.Kind.choices)
    count = models.PositiveSmallIntegerField(default=1)
    question = models.ForeignKey(
        BankQuestion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    score = models.PositiveSmallIntegerField("每题分值", default=1)

    class Meta:
        verbose_name = "测验题目来源"
        constraints = [
            models.UniqueConstraint(fields=["quiz", "position"], name="quiz_part_in_place")
        ]

    def __str__(self) -> str:
        return f"quiz part {self.pk}"


class Attempt(models.Model):
    """One paper of one person (答卷): drawn when it is begun, graded when it is handed in.

    Personal data: who answered what, how well.
    """

    class State(models.TextChoices):
        OPEN = "open", "答题中"
        SUBMITTED = "submitted", "已交卷"

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="papers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    score = models.PositiveIntegerField(default=0)
    full = models.PositiveIntegerField(default=0)
    right = models.PositiveSmallIntegerField(default=0)
    questions = models.PositiveSmallIntegerField(default=0)
    passed = models.BooleanField(default=False)

    class Meta:
        verbose_name = "答卷"
        constraints = [
            models.UniqueConstraint(fields=["quiz", "user", "number"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["quiz", "user"], condition=Q(state="open"), name="attempt_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", submitted_at=None)
                | Q(state="submitted", submitted_at__isnull=False),
                name="attempt_submitted_whole",
            ),
        ]
        indexes = [models.Index(fields=["user", "-started_at"], name="attempt_list")]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class AttemptAnswer(models.Model):
    """One question of a paper. ``given``: as ``BankQuestion.answer`` is written (FILL: one text per
    blank), null while not answered. Personal data: what the person answered.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(BankQuestion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    worth = models.PositiveSmallIntegerField()
    given = models.JSONField(null=True)
    right = models.BooleanField(null=True)

    class Meta:
        verbose_name = "作答"
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_in_place")
        ]

    def __str__(self) -> str:
        return f"attempt answer {self.pk}"


class WrongQuestion(models.Model):
    """A question that somebody got wrong, kept for practice until it was right there (错题本).

    Personal data: what the person got wrong.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="wrong_questions")
    question = models.ForeignKey(BankQuestion, on_delete=models.PROTECT, related_name="+")
    times = models.PositiveSmallIntegerField(default=1)
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "错题"
        constraints = [
            models.UniqueConstraint(fields=["user", "question"], name="wrong_question_once")
        ]
        indexes = [
            models.Index(fields=["user", "cleared_at", "-last_at"], name="wrong_question_list")
        ]

    def __str__(self) -> str:
        return f"wrong question {self.pk}"
