"""What the pages of who looks over a learning task share: where one stands, and where the lists
are."""

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
from lianxue.organizations.queries import watermark_of
from lianxue.shared.errors import NotFound

from .common import address, frame


@dataclass(frozen=True)
class Desk:
    """One request to look over a task: from where (``stand``), and what its pages show."""

    stand: Standpoint
    console: bool
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """The actor's organisation, and the power there."""
        return self.stand.place

    @property
    def relay(self) -> Relay:
        """The own organisation's relay. Raises NotFound below: of those there are numbers only."""
        if not self.stand.at_home:
            raise NotFound
        return self.stand.own

    def list(self, state: str, **more: object) -> str:
        """The address of the list of people in ``state``."""
        base = self.context["people_address"]
        return f"{base}?{urlencode({'state': state, **more})}"


def desk_of(request: HttpRequest, organization_id: int, notice_id: int, console: bool) -> Desk:
    """Where the actor stands, by the address and its ``?at=``.

    Raises NotFound (also for what is no learning task, and for what the organisation did not pass
    on), PermissionDenied for members.
    """
    context = frame(request, organization_id, console)
    user = current_user(request)
    stand = chain.stand(user, organization_id, notice_id, id_in(request, "at"))
    if not stand.notice.is_learning:
        raise NotFound
    desk = Desk(stand, console, context)
    arguments = (console, organization_id, notice_id)
    context |= {
        "desk_of": desk,
        "stand": stand,
        "notice": stand.notice,
        "sent_address": address("desk", console, organization_id, app="notices") + "?tab=sent",
        "progress_address": address("task_progress", *arguments),
        "people_address": address("task_people", *arguments),
        "export_address": address("task_export", *arguments),
        "chain_address": address("chain", *arguments, app="notices"),
        "watermark": watermark_of(user, stand.place.organization),
    }
    return desk
