"""What a person does to keep the account safe."""

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events

register_events({"account.exported": "导出了自己的个人信息"})


@transaction.atomic
def record_export(user: User) -> None:
    """``user`` takes a copy of what is kept about them (design rule 11)."""
    record(user, "account.exported", target=user)
