"""Who may open what is attached to a notice."""

from functools import reduce
from operator import or_

from lianxue.accounts.models import User
from lianxue.organizations.policy import administered_organizations, power_in

from ..models import Notice, Relay
from .audience import reaching, seats_of
from .oversight import overseen_relays
from .powers import Place, incoming, kept_notices


def may_open_files(user: User, notice: Notice) -> bool:
    """Whether ``user`` may open the notice's files: whom it reaches, the administrators who keep
    it, those of an organisation that handles it, and who may pass on what came from above.

    A draft's and a recalled notice's open for its keepers alone, a recalled relay's no longer for
    those whom it reached. ``notice`` carries its ``organization``. A fixed number of
    statements, and two for each organisation of which ``user`` administers a part.
    """
    if notice.state == Notice.State.SENT and (
        _reaches(user, notice) or _handles(user, notice) or _came_to(user, notice)
    ):
        return True
    place = Place(notice.organization, power_in(user, notice.organization))
    return place.power.administers and kept_notices(place).filter(pk=notice.pk).exists()


def _reaches(user: User, notice: Notice) -> bool:
    return reaching(seats_of(user)).filter(notice=notice, recalled_at=None).exists()


def _handles(user: User, notice: Notice) -> bool:
    """A scoped administrator, as far as the notice meets the own branches (``overseen_relays``)."""
    rows = Relay.objects.filter(notice=notice, recalled_at=None)
    if rows.filter(organization__in=administered_organizations(user, whole=True)).exists():
        return True
    part = rows.filter(organization__in=administered_organizations(user))
    places = [
        Place(relay.organization, power_in(user, relay.organization))
        for relay in part.select_related("organization")
    ]
    return any(overseen_relays(place).filter(notice=notice).exists() for place in places)


def _came_to(user: User, notice: Notice) -> bool:
    places = administered_organizations(user, whole=True).exclude(superior=None)
    passed = [incoming(place).filter(notice=notice, recalled_at=None) for place in places]
    return bool(passed) and reduce(or_, passed).exists()
