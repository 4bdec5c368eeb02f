"""Members in bulk: a roster file as a change set that is looked at before it is written."""

from django.db import models

from lianxue.accounts.models import User
from lianxue.shared.crypto import EncryptedTextField

from .core import Membership, Organization


class RosterDetail(models.Model):
    """What a roster says of a member beyond name, phone and branch (facts: Excel rosters).

    One encrypted JSON object, keys of ``organizations.roster.FIELDS``; for administrators in scope,
    every look audited. Personal data: sensitive (party membership, birth date, ethnicity).
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, related_name="detail"
    )
    data = EncryptedTextField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = "名册信息"

    def __str__(self) -> str:
        return f"roster detail of membership {self.pk}"


class MemberImport(models.Model):
    """One roster file on its way: read, looked at, written in one transaction, perhaps undone.

    Personal data: who imported; the file itself is not kept, its rows are (``ImportRow``).
    """

    class State(models.TextChoices):
        READY = "ready", "待确认"
        QUEUED = "queued", "写入中"
        DONE = "done", "已导入"
        FAILED = "failed", "未导入"
        UNDONE = "undone", "已撤销"
        DROPPED = "dropped", "已放弃"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="member_imports"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    file_name = models.CharField(max_length=200)
    #: SHA-256 of the file, in hex.
    digest = models.CharField(max_length=64)
    #: Whether branches that the file names and the tree lacks are made.
    make_branches = models.BooleanField(default=False)
    #: Rows by outcome, {"new": 3, "changed": 1, "unchanged": 9, "error": 2}; for the lists.
    counts = models.JSONField(default=dict)
    #: What the writing is at, {"done": 500, "of": 10000, "step": "check"}.
    progress = models.JSONField(default=dict)
    #: Branches made by it, for the undoing.
    made_branches = models.JSONField(default=list)
    #: Why it failed or what could not be undone, in Chinese.
    note = models.TextField(default="", blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "成员导入"
        indexes = [models.Index(fields=["organization", "-created_at"], name="member_import_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state="queued"),
                name="member_import_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportRow(models.Model):
    """One row of the file: what it says, what it would change, what is wrong with it.

    Personal data: as in the roster, encrypted; deleted 30 days after the import.
    """

    class Outcome(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "有改动"
        UNCHANGED = "unchanged", "无变化"
        ERROR = "error", "有错误"

    #: ``batch`` because Python keeps the word import for itself.
    batch = models.ForeignKey(MemberImport, on_delete=models.CASCADE, related_name="rows")
    #: The row's number in the sheet, as the spreadsheet program shows it.
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    #: JSON: the cells as typed and as understood, the messages, before and after, by column key.
    data = EncryptedTextField()
    #: Whom it found or made.
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="import_rows"
    )

    class Meta:
        verbose_name = "导入的行"
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_number"),
        ]
        indexes = [models.Index(fields=["batch", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"row {self.number} of import {self.batch_id}"
