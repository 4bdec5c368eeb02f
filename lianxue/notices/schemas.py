"""What the API of `notices` takes and gives in more than one place."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from ninja import Field, P, QueryEx, Schema

from lianxue.files.models import StoredFile
from lianxue.organizations.schemas import Id

from .actions.audiences import Audience
from .models import Notice, Relay
from .queries.figures import Figures
from .queries.load import Load

#: How many rows a page of a list has.
SIZE = 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
Words = QueryEx[str, P(max_length=40, description="part of what is looked for")]

At = QueryEx[Id | None, P(description="an organisation below; null: the own one")]

NoticeKind = Literal["notice", "task", "form", "learning"]
NoticeState = Literal["draft", "sent", "recalled"]
Own = Literal["nobody", "whole", "branches"]
Role = Literal["", "admin", "main_admin", "learning_admin"]
Below = Literal["nobody", "all", "chosen"]


class FileOut(Schema):
    """An attachment; its bytes are at ``…/files/{id}``."""

    id: int
    name: str
    size: int = Field(description="bytes")


class Named(Schema):
    """An organisation or a branch."""

    id: int
    name: str


class NoticeHead(Schema):
    """A notice without its text."""

    id: int
    kind: NoticeKind = Field(description="通知, 工作任务, 填报表格, 学习任务")
    state: NoticeState
    organization_id: int
    organization: str = Field(description="who wrote it")
    title: str
    urgent: bool
    needs_confirmation: bool
    pass_on: bool = Field(description="请下级传达: subordinates are asked to pass it on")
    deadline: datetime | None
    sent_at: datetime | None


class NoticeOut(NoticeHead):
    """A notice as who keeps it sees it."""

    body: str
    author: str
    created_at: datetime
    changed_at: datetime
    files: list[FileOut]


class FiguresOut(Schema):
    """People."""

    expected: int = Field(description="应读: whom it reaches, the denominator")
    inactive: int = Field(description="未激活: stand in the audience and have not come; no part")
    read: int
    confirmed: int


class AudienceIn(Schema):
    """To whom. ``branch_ids`` go with ``own`` branches, ``organization_ids`` with ``below`` chosen;
    of a task for units the branches answer as units."""

    own: Own = Field("nobody", description="which own members")
    branch_ids: list[Id] = Field([], max_length=1000, description="each with all below it")
    role: Role = Field("", description="only who holds this office; empty: everybody")
    below: Below = Field("nobody", description="which direct subordinates")
    organization_ids: list[Id] = Field([], max_length=1000)

    def audience(self) -> Audience:
        """What was chosen, as the actions take it."""
        return Audience(
            self.own, tuple(self.branch_ids), self.role, self.below, tuple(self.organization_ids)
        )


class LoadOut(Schema):
    """What somebody received this calendar month."""

    notices: int
    tasks: int
    forms: int
    learning: int


def head_of(row: Notice) -> dict[str, Any]:
    """A notice with its organisation as ``NoticeHead``."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "organization_id": row.organization_id,
        "organization": row.organization.name,
        "title": row.title,
        "urgent": row.urgent,
        "needs_confirmation": row.needs_confirmation,
        "pass_on": row.pass_on,
        "deadline": row.deadline,
        "sent_at": row.sent_at,
    }


def notice_of(row: Notice, files: Iterable[StoredFile]) -> dict[str, Any]:
    """A notice as ``NoticeOut``."""
    return head_of(row) | {
        "body": row.body,
        "author": row.author_name,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "files": [file_of(one) for one in files],
    }


def file_of(row: StoredFile) -> dict[str, Any]:
    """A file as ``FileOut``."""
    return {"id": row.pk, "name": row.name, "size": row.size}


def figures_of(numbers: Figures | Relay) -> dict[str, int]:
    """Numbers as ``FiguresOut``."""
    return {
        "expected": numbers.expected,
        "inactive": numbers.inactive,
        "read": numbers.read,
        "confirmed": numbers.confirmed,
    }


def load_of(load: Load) -> dict[str, int]:
    """A load as ``LoadOut``."""
    return {
        "notices": load.notices,
        "tasks": load.tasks,
        "forms": load.forms,
        "learning": load.learning,
    }


def binary() -> dict[str, Any]:
    """What stands in the document for an answer that is a file."""
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": "The file", "content": content}}}
