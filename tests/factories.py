"""Rows for tests, made straight in the database; invented people only."""

from collections.abc import Iterable
from typing import Any

import factory
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.organizations.actions import tokens
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from lianxue.shared.ids import path_step
from lianxue.shared.names import sort_key


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    phone = factory.Sequence(lambda n: f"139{n:08d}")
    name = factory.Sequence(lambda n: f"测试{n}")
    sort_key = factory.LazyAttribute(lambda user: sort_key(user.name))


class OrganizationFactory(factory.django.DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"中共测试第{n}委员会")
    created_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[Organization], *args: Any, **kwargs: Any) -> Organization:
        row = super()._create(model_class, *args, **kwargs)
        tokens.index_organization(row, fresh=True)
        return row


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    phone = factory.LazyAttribute(lambda m: m.user.phone if m.user else "13700000000")
    name = factory.LazyAttribute(lambda m: m.user.name if m.user else "未来")
    sort_key = factory.LazyAttribute(lambda m: sort_key(m.name))
    state = factory.LazyAttribute(lambda m: "active" if m.user else "invited")
    created_at = factory.LazyFunction(timezone.now)
    activated_at = factory.LazyAttribute(lambda m: timezone.now() if m.user else None)

    @classmethod
    def _create(cls, model_class: type[Membership], *args: Any, **kwargs: Any) -> Membership:
        row = super()._create(model_class, *args, **kwargs)
        tokens.index_members([row], fresh=True)
        return row


def make_many(organization: Organization, names: Iterable[str], **values: Any) -> list[Membership]:
    """Invited members of these names, found as any others, in a few statements however many.

    ``values`` go to every one (branch, state …); the phones are 136 and eight digits, counted on.
    """
    start = Membership.objects.filter(phone__startswith="136").count()
    rows = Membership.objects.bulk_create(
        [
            Membership(
                organization=organization,
                name=name,
                sort_key=sort_key(name),
                **{"phone": f"136{start + n:08d}", "created_at": timezone.now(), **values},
            )
            for n, name in enumerate(names)
        ],
        batch_size=1000,
    )
    tokens.index_members(rows, fresh=True)
    return rows


def make_branch(
    organization: Organization, name: str, *, parent: Branch | None = None, kind: str = "branch"
) -> Branch:
    """A branch under ``parent`` (None: at the top of the organisation's tree)."""
    values: dict[str, Any] = {
        "organization": organization,
        "name": name,
        "kind": kind,
        "created_at": timezone.now(),
    }
    if parent:
        return Branch.objects.add_child(parent, values)
    return Branch.objects.add_root(values)


def grant(membership: Membership, role: str, scope: Branch | None = None) -> RoleGrant:
    """Give a role to a membership."""
    return RoleGrant.objects.create(
        organization=membership.organization,
        membership=membership,
        role=role,
        scope=scope,
        granted_at=timezone.now(),
    )


def put_in_chain(organization: Organization, superior: Organization | None = None) -> Organization:
    """Make ``organization`` certified below ``superior`` (None: the root), without the workflow."""
    base = (superior.chain_path or "") if superior else ""
    organization.superior = superior
    organization.chain_path = base + path_step(organization.pk)
    organization.certified_at = timezone.now()
    organization.save()
    return organization
