"""What goes down the chain, who passed it on to whom, and who has read it.

Sending writes rows of the notice and of its audience, never of its readers (design rule 9): who is
reached is a condition (``policy.audience``), and a receipt is written when somebody reads.
"""

from django.db import models

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.organizations.models import Branch, Membership, Organization


class Notice(models.Model):
    """What an organisation's administrator has to say (通知), or asks for: a TASK is answered in
    words or files, a FORM field by field, LEARNING is done by reading, watching and a quiz; what
    they ask stands in the apps above (``worktasks``, ``learning``).

    The text never changes once it was sent. ``scoped``: its author administers branches only, and
    sends within ``scope``; null, when that branch was merged away since, leaves it to who
    administers the whole organisation.
    Personal data: the author's name; whatever the text says.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", "通知"
        TASK = "task", "工作任务"
        FORM = "form", "填报表格"
        LEARNING = "learning", "学习任务"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SENT = "sent", "已发送"
        RECALLED = "recalled", "已撤回"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTICE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="notices")
    scoped = models.BooleanField(default=False)
    scope = models.ForeignKey(Branch, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=60)
    title = models.CharField("标题", max_length=100, default="", blank=True)
    body = models.TextField("正文", default="", blank=True)
    needs_confirmation = models.BooleanField("需要确认收到", default=False)
    urgent = models.BooleanField("紧急", default=False)
    #: Whether subordinate organisations are asked to pass it on; else it is for their
    #: administrators alone.
    pass_on = models.BooleanField("请下级传达", default=True)
    deadline = models.DateTimeField("截止时间", null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "通知"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft", sent_at=None)
                | (~models.Q(state="draft") & models.Q(sent_at__isnull=False)),
                name="notice_sent_whole",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "state", "-sent_at"], name="notice_sent_list")
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"

    @property
    def is_task(self) -> bool:
        """Whether something is to be done: answering, or learning."""
        return self.kind != Notice.Kind.NOTICE

    @property
    def is_learning(self) -> bool:
        """Whether it is done by learning."""
        return self.kind == Notice.Kind.LEARNING

    @property
    def wants_answer(self) -> bool:
        """Whether it is done by answering."""
        return self.kind in {Notice.Kind.TASK, Notice.Kind.FORM}


class NoticeFile(models.Model):
    """A notice's attachment, in its place. Personal data: as the file."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "附件"
        constraints = [models.UniqueConstraint(fields=["notice", "file"], name="notice_file_once")]

    def __str__(self) -> str:
        return f"attachment {self.pk}"


class Relay(models.Model):
    """What one organisation has done with a notice (传达); the sender's own is the first.

    A subordinate's row begins when one of its administrators opens the notice (RECEIVED); passing
    it on fixes the audience. Who stands below whom is the chain's business, so there is no parent
    here: an organisation may pass on what its present superior passes on to it.

    ``own``: which of the own members; with BRANCHES the subtrees in ``branches``; with UNITS these
    branches answer as units, and no member is reached as a reader. ``role`` narrows the members.
    ``below``: which subordinate organisations; with CHOSEN those in ``chosen``.
    ``open_until``: until when who comes later still sees it (the deadline, or 30 days).
    The figures are a count of a moment (``counted_at``), of the own members alone: ``expected`` can
    read it, ``inactive`` stand in the audience and have not come, ``read`` and ``confirmed`` have.
    Personal data: the names of who passed it on and who recalled it.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "已查看"
        PASSED = "passed", "已传达"
        CLOSED = "closed", "不再传达"

    class Own(models.TextChoices):
        NOBODY = "nobody", "不发给本组织成员"
        WHOLE = "whole", "本组织全体"
        BRANCHES = "branches", "选定的支部"
        UNITS = "units", "选定的支部（由支部答复）"

    class Below(models.TextChoices):
        NOBODY = "nobody", "不发给下级组织"
        ALL = "all", "全部下级组织"
        CHOSEN = "chosen", "选定的下级组织"

    class Role(models.TextChoices):
        EVERYONE = "", "全体成员"
        ADMIN = "admin", "主管理员和学习管理员"
        MAIN_ADMIN = "main_admin", "主管理员"
        LEARNING_ADMIN = "learning_admin", "学习管理员"

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="relays")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="relays")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    #: 确认收到 for the organisation, where the notice asks for it.
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    remark = models.CharField("传达意见", max_length=500, default="", blank=True)
    own = models.CharField(max_length=10, choices=Own.choices, default=Own.NOBODY)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.EVERYONE, blank=True)
    below = models.CharField(max_length=10, choices=Below.choices, default=Below.NOBODY)
    passed_at = models.DateTimeField(null=True)
    passed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    passed_by_name = models.CharField(max_length=60, default="", blank=True)
    open_until = models.DateTimeField(null=True)

    #: Set on every relay that a recall ends; ``recalled_from`` is the one that was recalled.
    recalled_at = models.DateTimeField(null=True)
    recalled_from = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    recalled_by_name = models.CharField(max_length=60, default="", blank=True)
    recall_reason = models.CharField("撤回原因", max_length=200, default="", blank=True)

    #: The last 提醒未读 to the own members, and the last to subordinates that have not passed on.
    nudged_at = models.DateTimeField(null=True)
    nudged_below_at = models.DateTimeField(null=True)

    expected = models.PositiveIntegerField(default=0)
    inactive = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "传达"
        constraints = [
            models.UniqueConstraint(fields=["notice", "organization"], name="relay_once"),
            models.CheckConstraint(
                condition=~models.Q(state="passed")
                | models.Q(passed_at__isnull=False, open_until__isnull=False),
                name="relay_passed_whole",
            ),
        ]
        indexes = [
            # what a member's list and badge are found by
            models.Index(fields=["organization", "state", "open_until"], name="relay_open"),
            models.Index(fields=["organization", "state", "-passed_at"], name="relay_list"),
        ]

    def __str__(self) -> str:
        return f"relay {self.pk}"


class RelayBranch(models.Model):
    """A branch whose subtree a relay is for. ``branch`` is null when it was merged away since: it
    reaches nobody then, and ``name`` still says what it was. Personal data: none.
    """

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="branches")
    branch = models.ForeignKey(Branch, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=60)

    class Meta:
        verbose_name = "传达到的支部"
        constraints = [
            models.UniqueConstraint(fields=["relay", "branch"], name="relay_branch_once")
        ]

    def __str__(self) -> str:
        return self.name


class RelayOrganization(models.Model):
    """A subordinate organisation that a relay is for. Personal data: none."""

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="chosen")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "传达到的下级组织"
        constraints = [
            models.UniqueConstraint(
                fields=["relay", "organization"], name="relay_organization_once"
            )
        ]

    def __str__(self) -> str:
        return f"chosen {self.pk}"


class Receipt(models.Model):
    """That a member has read what the own organisation passed on (回执); reading writes it.

    ``archived_at`` is the reader's own order and no part of any figure.
    Personal data: who read what, and when.
    """

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="receipts")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "回执"
        constraints = [models.UniqueConstraint(fields=["relay", "membership"], name="receipt_once")]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class SmsRun(models.Model):
    """Text messages for one relay: one row however many go out.

    The job takes the recipients in the order of their memberships and moves ``reached`` (the last
    membership's id) before it sends to one, so that nobody gets a second message when it is killed
    and run again. ``budget`` was set aside from the organisation's month when it was asked for.
    Personal data: none (numbers are read when they are sent to, and kept nowhere).
    """

    class Purpose(models.TextChoices):
        SENT = "sent", "紧急通知"
        NUDGE = "nudge", "提醒未读"
        DEADLINE = "deadline", "截止前提醒"

    class State(models.TextChoices):
        RUNNING = "running", "正在发送"
        DONE = "done", "已发完"

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="sms_runs")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    month = models.DateField()
    budget = models.PositiveIntegerField()
    reached = models.BigIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "短信发送"
        indexes = [models.Index(fields=["state", "created_at"], name="sms_run_open")]

    def __str__(self) -> str:
        return f"sms run {self.pk}"


class CalendarFeed(models.Model):
    """The secret address under which a person's phone fetches the own calendar (日历订阅).

    The address is a bearer's secret, so only its hash is kept; making a new one ends the old.
    Personal data: that the person subscribed, and when it was last fetched.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "日历订阅"

    def __str__(self) -> str:
        return f"calendar feed {self.pk}"
