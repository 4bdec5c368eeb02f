"""How organisations certify one another, from the top down (manual 2.3)."""

from typing import ClassVar

from django.db import models

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization
from lianxue.shared.crypto import EncryptedTextField


class LinkBase(models.Model):
    """A link that an administrator hands out: found by its hash, shown from its ciphertext."""

    token_hash = models.CharField(max_length=64, unique=True)
    token = EncryptedTextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class CertificationInvitation(LinkBase):
    """邀请下级组织认证: a link with which a subordinate may apply to ``organization``.

    ``max_uses`` null means any number; a use is an application that was sent.
    Personal data: who made it.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    bound_name = models.CharField("限定组织名称", max_length=100, default="", blank=True)
    max_uses = models.PositiveIntegerField(null=True, default=1)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "认证邀请"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_uses=None) | models.Q(uses__lte=models.F("max_uses")),
                name="invitation_uses_within",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class RequestBase(models.Model):
    """What one organisation asks of another, which approves or refuses it."""

    class State(models.TextChoices):
        PENDING = "pending", "待审核"
        APPROVED = "approved", "已通过"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    #: The inbox topic of its todo, and the word before its id in the todo's subject.
    topic: ClassVar[str]
    subject_word: ClassVar[str]

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        """What its todo is about."""
        return f"{self.subject_word}:{self.pk}"


class CertificationApplication(RequestBase):
    """认证申请: one organisation asks another to certify it.

    Personal data: who asked, who decided.
    """

    topic = "certification.application"
    subject_word = "application"

    applicant = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="applications_sent"
    )
    superior = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="applications_received"
    )
    invitation = models.ForeignKey(
        CertificationInvitation, null=True, on_delete=models.SET_NULL, related_name="applications"
    )
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        verbose_name = "认证申请"
        constraints = [
            models.UniqueConstraint(
                fields=["applicant"],
                condition=models.Q(state="pending"),
                name="application_one_pending",
            )
        ]
        indexes = [
            models.Index(fields=["superior", "state", "-submitted_at"], name="application_received")
        ]

    def __str__(self) -> str:
        return f"application {self.pk}"


class RenameRequest(RequestBase):
    """改名申请: a certified organisation asks its superior for a new name (manual 2.4.2 ⑤).

    ``purpose`` is the asker's reason, ``reason`` the decision's. Personal data: who asked, who
    decided.
    """

    topic = "certification.rename"
    subject_word = "rename"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="rename_requests"
    )
    superior = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="rename_requests_received"
    )
    old_name = models.CharField("原名称", max_length=100)
    new_name = models.CharField("新名称", max_length=100)
    purpose = models.CharField("改名原因", max_length=100, default="", blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        verbose_name = "改名申请"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state="pending"),
                name="rename_one_pending",
            )
        ]
        indexes = [models.Index(fields=["superior", "state", "-asked_at"], name="rename_received")]

    def __str__(self) -> str:
        return f"rename request {self.pk}"


class Certification(models.Model):
    """认证: the history of who certified whom; the living link itself stands on Organization.

    ``superior`` null: the root. Personal data: who decided.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="certifications"
    )
    superior = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="certifications_given"
    )
    application = models.OneToOneField(
        CertificationApplication, null=True, on_delete=models.SET_NULL
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    end_reason = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        verbose_name = "认证"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(until=None),
                name="certification_one_living",
            )
        ]

    def __str__(self) -> str:
        return f"certification {self.pk}"


class ClaimLink(LinkBase):
    """认领链接: with it a verified person becomes main administrator of a 待认领 organisation.

    Personal data: who made it, who used it.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="claim_links"
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "认领链接"

    def __str__(self) -> str:
        return f"claim link {self.pk}"
