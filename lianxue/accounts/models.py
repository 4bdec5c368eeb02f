"""People who can sign in, how they proved it, and what they agreed to."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from lianxue.shared.actors import Operator
from lianxue.shared.crypto import EncryptedTextField
from lianxue.shared.names import sort_key


class UserManager(BaseUserManager["User"]):
    """Makes users by phone."""

    def create_user(self, phone: str, name: str, **extra: Any) -> "User":
        """A user without a password: signing in by code works from the start."""
        user = self.model(phone=phone, name=name, sort_key=sort_key(name), **extra)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One person, known by one mobile number (design rule 2).

    Personal data: phone, name, the unit that the person named at registration.
    """

    phone = models.CharField("手机号码", max_length=11, unique=True)
    name = models.CharField("姓名", max_length=20)
    #: The name in pinyin (``shared.names.sort_key``), by which people are listed A to Z.
    sort_key = models.CharField(max_length=80, default="", blank=True)
    #: Whether others who have the number may find the person by it (手机联系人, 新的好友).
    findable_by_phone = models.BooleanField("允许通过手机号找到我", default=False)
    unit_name = models.CharField("企业/组织名称", max_length=60, default="", blank=True)
    is_active = models.BooleanField(default=True)
    #: Serves the whole site (approves real names by hand); made at the command line alone.
    is_operator = models.BooleanField(default=False)
    #: An invented person of the demo; ``lianxue doctor`` refuses them in a real installation.
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    #: Set and cleared by the real-name actions alone, so that policies need no further statement.
    realname_verified_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "用户"

    def __str__(self) -> str:
        return f"user {self.pk}"

    @property
    def is_verified(self) -> bool:
        """Whether the person is verified by real name (manual 1.4)."""
        return self.realname_verified_at is not None


#: Who may call an action: a signed-in person, or the operator at the command line.
Actor = User | Operator


class Consent(models.Model):
    """A person's agreement to one version of a document, kept as proof.

    Personal data: whose, when.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    document = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = "协议同意记录"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "document", "version"], name="consent_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.version}"


class PhoneChallenge(models.Model):
    """A code sent to a phone, waiting to be typed by the browser that asked for it.

    ASVS 5.0 6.5.1-6.5.5, 6.6.2: used once, kept as a keyed hash, five minutes, five tries, bound
    to the browser. Rows go when they are a day old.
    Personal data: the phone.
    """

    class Purpose(models.TextChoices):
        REGISTER = "register", "注册"
        LOGIN = "login", "登录"
        CONFIRM = "confirm", "安全确认"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    phone = models.CharField(max_length=11)
    browser_hash = models.CharField(max_length=64)
    #: Documents agreed to before the code was asked for: [{"document", "version", "digest", "at"}].
    consents = models.JSONField(default=list)
    code_hash = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    verified_at = models.DateTimeField(null=True)
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "手机验证"
        indexes = [models.Index(fields=["created_at"], name="phone_challenge_age")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class RealNameVerification(models.Model):
    """One request to be verified by name and ID number (manual 1.4; GB 11643).

    Personal data, sensitive: the full name and the ID number, both encrypted; the number is found
    by a keyed hash, shown only masked, and every full read is audited. The number of a refused
    request is cleared.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待审核"
        APPROVED = "approved", "已认证"
        REFUSED = "refused", "未通过"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="realname_requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    verifier = models.CharField(max_length=10)
    name = EncryptedTextField()
    id_number = EncryptedTextField()
    id_number_hash = models.CharField(max_length=80)
    id_number_masked = models.CharField(max_length=18)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="realname_decisions"
    )
    reason = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        verbose_name = "个人实名认证"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=["pending", "approved"]),
                name="realname_one_open_per_user",
            ),
            models.UniqueConstraint(
                fields=["id_number_hash"],
                condition=models.Q(state__in=["pending", "approved"]),
                name="realname_one_user_per_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"
