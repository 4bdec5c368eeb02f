"""What a search looks through: beginnings of names, pinyin, initials, the end of a phone.

Tokens are bytes, so that "begins with" is an index range that both databases order alike, whatever
the collation. A name is kept from each character on (欧阳秀英, 阳秀英, 秀英, 英), so that any
part of it, one character too, is a beginning; pinyin and initials likewise from each syllable on.
"""

from django.db import models

from .core import Membership, Organization


class MemberToken(models.Model):
    """One way to find a living membership. Personal data: parts of the name, four digits."""

    class Kind(models.TextChoices):
        WHOLE = "b", "the whole name, its pinyin, its initials"
        NAME = "n", "the same from a later character on"
        PHONE = "p", "last four digits"

    #: No index of its own: the one below begins with it.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=1, choices=Kind.choices)
    token = models.BinaryField(max_length=64)

    class Meta:
        verbose_name = "成员检索词"
        indexes = [
            models.Index(
                fields=["organization", "kind", "token", "membership"], name="member_token"
            )
        ]

    def __str__(self) -> str:
        return f"token of membership {self.membership_id}"


class OrganizationToken(models.Model):
    """One way to find a living organisation, by its name or a former one. Personal data: none."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tokens")
    token = models.BinaryField(max_length=64)

    class Meta:
        verbose_name = "组织检索词"
        indexes = [models.Index(fields=["token", "organization"], name="organization_token")]

    def __str__(self) -> str:
        return f"token of organization {self.organization_id}"
