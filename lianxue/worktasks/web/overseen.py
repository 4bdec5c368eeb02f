"""What the pages of who looks over a task share: where one stands, and where the lists are."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from lianxue.accounts.current import current_user
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place
from lianxue.notices.queries import chain
from lianxue.notices.queries.chain import Standpoint
from lianxue.notices.web.chain import id_in
from lianxue.notices.web.common import address, frame
from lianxue.organizations.queries import watermark_of
from lianxue.shared.errors import NotFound

from ..models import WorkTask
from ..policy import MEMBERS


@dataclass(frozen=True)
class Desk:
    """One request to look over a task: from where (``stand``), and what its pages show."""

    stand: Standpoint
    task: WorkTask
    console: bool
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """The actor's organisation, and the power there."""
        return self.stand.place

    @property
    def relay(self) -> Relay:
        """The relay whose answers are looked at. Raises NotFound where nothing was passed on."""
        found = self.stand.relay
        if found is None or found.state != Relay.State.PASSED:
            raise NotFound("这个组织还没有传达，暂时没有答复。")
        return found

    @property
    def members(self) -> bool:
        """Whether everybody answers for oneself."""
        return self.task.respondents == MEMBERS

    def list(self, state: str = "", **more: object) -> str:
        """The address of the list of answers in ``state``."""
        at = None if self.stand.at_home else self.stand.at.pk
        organization = self.place.organization.pk
        return list_address(organization, self.task.pk, self.console, state, at, **more)


def list_address(  # noqa: PLR0913 - each is a part of the address
    organization_id: int,
    notice_id: int,
    console: bool,
    state: str = "",
    at: int | None = None,
    **more: object,
) -> str:
    """The list of a task's answers: ``state``, ``at`` (an organisation below) and other filters."""
    base = address("answers", console, organization_id, notice_id, app="worktasks")
    query = {"state": state, "at": at or "", **more}
    kept = urlencode({key: value for key, value in query.items() if value})
    return f"{base}?{kept}" if kept else base


def desk_of(request: HttpRequest, organization_id: int, notice_id: int, console: bool) -> Desk:
    """Where the actor stands, by the address and its ``?at=``.

    Raises NotFound (also for a plain notice, and for what the organisation did not pass on),
    PermissionDenied for members.
    """
    context = frame(request, organization_id, console, app="worktasks")
    user = current_user(request)
    stand = chain.stand(user, organization_id, notice_id, id_in(request, "at"))
    task = WorkTask.objects.filter(pk=notice_id).first()
    if task is None:
        raise NotFound
    desk = Desk(stand, task, console, context)
    arguments = (organization_id, notice_id)
    members = desk.members
    context |= {
        "desk_of": desk,
        "stand": stand,
        "notice": stand.notice,
        "members": members,
        "unit": "人" if members else "个单位",
        "progress_address": address("progress", console, *arguments, app="worktasks"),
        "export_address": address("export", console, *arguments, app="worktasks"),
        "accept_address": address("accept_many", console, *arguments, app="worktasks"),
        "chain_address": address("chain", console, *arguments),
        "watermark": watermark_of(user, stand.place.organization),
    }
    return desk
