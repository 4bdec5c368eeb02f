"""What `organizations` keeps: core (organisations, people, offices), security, search, imports."""

from .core import (
    Branch,
    FormerName,
    FormerPhone,
    HandoverOffer,
    Membership,
    Organization,
    RoleGrant,
)
from .imports import ImportRow, MemberImport, RosterDetail
from .search import MemberToken, OrganizationToken
from .security import BranchReach, HiddenPhones, Reach, SecuritySettings

__all__ = [
    "Branch",
    "BranchReach",
    "FormerName",
    "FormerPhone",
    "HandoverOffer",
    "HiddenPhones",
    "ImportRow",
    "MemberImport",
    "MemberToken",
    "Membership",
    "Organization",
    "OrganizationToken",
    "Reach",
    "RoleGrant",
    "RosterDetail",
    "SecuritySettings",
]
