"""Reads of the first page of 通讯录."""

from typing import Any

from django.db.models import QuerySet

from lianxue.accounts.models import User
from lianxue.organizations import queries as organizations
from lianxue.organizations.models import Organization


def my_organizations(user: User) -> QuerySet[Organization, Any]:
    """The organisations that ``user`` belongs to, with ``administered`` and ``member_count``."""
    return organizations.my_organizations(user)
