"""Whom a person knows: friends, requests, blocks, the own QR card, groups, frequent contacts."""

from django.db import models

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization
from lianxue.shared.crypto import EncryptedTextField


class Friendship(models.Model):
    """Two people who are friends, as ONE row: ``first`` is the smaller id.

    ``first_shows`` / ``second_shows``: whether that one lets the other see the whole phone number.
    Personal data: who knows whom.
    """

    first = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    first_shows = models.BooleanField(default=False)
    second_shows = models.BooleanField(default=False)

    class Meta:
        verbose_name = "好友"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="friendship_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="friendship_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"friendship {self.pk}"


class FriendRequest(models.Model):
    """Somebody asks somebody to be friends. Personal data: who asked whom, in which words."""

    class State(models.TextChoices):
        ASKED = "asked", "待同意"
        ACCEPTED = "accepted", "已同意"
        REFUSED = "refused", "已谢绝"
        WITHDRAWN = "withdrawn", "已撤回"

    class Way(models.TextChoices):
        PHONE = "phone", "手机号"
        CARD = "card", "二维码名片"
        ORGANIZATION = "organization", "学习组织"
        PHONE_BOOK = "phone_book", "手机联系人"
        GROUP = "group", "群组"

    from_user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    to_user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    words = models.CharField("验证信息", max_length=50, default="", blank=True)
    way = models.CharField(max_length=20, choices=Way.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "好友申请"
        constraints = [
            models.UniqueConstraint(
                fields=["from_user", "to_user"],
                condition=models.Q(state="asked"),
                name="friend_request_one_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(from_user=models.F("to_user")), name="friend_request_not_self"
            ),
        ]
        indexes = [models.Index(fields=["to_user", "-asked_at"], name="friend_request_to")]

    def __str__(self) -> str:
        return f"friend request {self.pk}"


class Block(models.Model):
    """Somebody wants nothing from somebody; the blocked one never learns of it.

    Personal data: who blocked whom.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        verbose_name = "黑名单"
        constraints = [models.UniqueConstraint(fields=["user", "blocked"], name="block_once")]

    def __str__(self) -> str:
        return f"block {self.pk}"


class CardLink(models.Model):
    """The link in a person's QR card; made anew when the person wants the old one to die.

    Personal data: whose.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="card_link"
    )
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "二维码名片"

    def __str__(self) -> str:
        return f"card of user {self.pk}"


class FrequentContact(models.Model):
    """How much a person has to do with another, learned from use; it fades with time.

    Each use adds 2 ** (days since ``queries.frequent.EPOCH`` / 30) to ``weight``: thus a use counts
    half as much 30 days later, and rows compare without a clock.
    Personal data: whose card was opened how often.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField(default=0)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = "常用联系人"
        constraints = [models.UniqueConstraint(fields=["user", "contact"], name="frequent_once")]
        indexes = [models.Index(fields=["user", "-weight"], name="frequent_by_weight")]

    def __str__(self) -> str:
        return f"frequent contact {self.pk}"


class Group(models.Model):
    """Some people together (群组): of an organisation (内部群) or of friends.

    An internal group takes only people who stand in its organisation. Personal data: none.
    """

    name = models.CharField("群组名称", max_length=30)
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="groups"
    )
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    dissolved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "群组"

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A person in a group. Personal data: who belongs."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        verbose_name = "群组成员"
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="group_member_once")]

    def __str__(self) -> str:
        return f"group member {self.pk}"
