"""Points: what an event is worth (rules), what was credited (the ledger), and the sums of it.

All numbers are tenths of a point, as integers: halves occur in rules that are in use. The ledger is
append-only (the database refuses UPDATE and DELETE); a correction is a reversing entry. Balances
are sums kept beside it and can be rebuilt from it at any time.
"""

from django.db import models
from django.db.models import F, Q

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization


class PointRule(models.Model):
    """One version of what an item is worth, from a day on; the versions before stay.

    ``organization`` null: the site's. Of an organisation's versions and the site's, the
    organisation's latest one counts, unless it says ``inherits`` (back to the site's); where there
    is none at all, or the site's says ``inherits``, the item's own default (``items.Item``).
    ``item`` "" holds the caps of a person's whole day and year. Caps null: none.
    Personal data: the name of who made it.
    """

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="point_rules"
    )
    item = models.CharField(max_length=40, blank=True)
    effective_from = models.DateField("生效日期")
    inherits = models.BooleanField("使用网站的规则", default=False)
    points = models.PositiveIntegerField("分值", default=0)
    day_cap = models.PositiveIntegerField("每日上限", null=True)
    year_cap = models.PositiveIntegerField("每年上限", null=True)
    reason = models.CharField("修改原因", max_length=200)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_by_name = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "积分规则"
        indexes = [
            models.Index(fields=["organization", "item", "effective_from"], name="point_rule_force")
        ]

    def __str__(self) -> str:
        return f"point rule {self.pk}"


class PointEntry(models.Model):
    """One line of the ledger (积分明细); never changed, never deleted.

    ``earned``: what the rule gives for the event. ``amount``: what was credited, less where a cap
    was reached (``limit`` says which, ``cap`` how much it is), negative in a reversal. ``rule``
    null: the item's default. ``organization``: under whose rules, and in whose averages it counts.
    ``day``: when the event took place, by which caps count. ``key`` names the event and the person:
    the same event never credits twice. ``actor`` null: by itself, when the event took place.
    Personal data: who earned what, for what.
    """

    class Kind(models.TextChoices):
        CREDIT = "credit", "得分"
        REVERSAL = "reversal", "更正"

    class Limit(models.TextChoices):
        NONE = "", "没有到上限"
        ITEM_DAY = "item_day", "这一项当日已到上限"
        ITEM_YEAR = "item_year", "这一项本年已到上限"
        DAY = "day", "当日总分已到上限"
        YEAR = "year", "本年总分已到上限"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="point_entries")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="point_entries"
    )
    item = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CREDIT)
    day = models.DateField()
    earned = models.IntegerField()
    amount = models.IntegerField()
    limit = models.CharField(max_length=10, choices=Limit.choices, default=Limit.NONE, blank=True)
    cap = models.PositiveIntegerField(null=True)
    rule = models.ForeignKey(PointRule, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=150, unique=True)
    #: What it was for: "learning.contentitem", its id, and its title as it was.
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=100)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversal"
    )
    reason = models.CharField(max_length=200, default="", blank=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=60, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "积分明细"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="credit", reverses=None, amount__gte=0, amount__lte=F("earned"))
                | Q(kind="reversal", reverses__isnull=False, amount__lte=0) & ~Q(reason=""),
                name="point_entry_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal")
                | Q(limit="", amount=F("earned"))
                | ~Q(limit="") & Q(amount__lt=F("earned"), cap__isnull=False),
                name="point_entry_explained",
            ),
        ]
        indexes = [
            # caps: what a person has had of an item in a day or a year
            models.Index(fields=["user", "day", "item"], name="point_entry_caps"),
            models.Index(fields=["user", "-id"], name="point_entry_list"),
            models.Index(fields=["organization", "source_type", "source_id"], name="point_source"),
        ]

    def __str__(self) -> str:
        return f"point entry {self.pk}"


class PointAccount(models.Model):
    """A person's sum of everything, and the row that is locked while points are credited.

    Personal data: the sum.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="points"
    )
    points = models.IntegerField(default=0)

    class Meta:
        verbose_name = "积分账户"

    def __str__(self) -> str:
        return f"points of {self.pk}"


class Balance(models.Model):
    """A person's sum in one organisation and calendar year (of the entries' days).

    Personal data: the sum.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="balances")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="balances"
    )
    year = models.PositiveSmallIntegerField()
    points = models.IntegerField(default=0)

    class Meta:
        verbose_name = "积分余额"
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "user"], name="balance_once")
        ]
        indexes = [models.Index(fields=["organization", "year", "-points"], name="balance_ranking")]

    def __str__(self) -> str:
        return f"balance {self.pk}"


class PointSettings(models.Model):
    """An organisation's choice about the ranking; one without a row shows none (design rule 13).

    Personal data: the name of who switched it.
    """

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="point_settings"
    )
    ranking = models.BooleanField("显示积分排名", default=False)
    reason = models.CharField("原因", max_length=200, default="", blank=True)
    changed_by_name = models.CharField(max_length=60, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = "积分设置"

    def __str__(self) -> str:
        return f"point settings of {self.pk}"
