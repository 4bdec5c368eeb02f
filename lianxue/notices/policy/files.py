"""Who may open what is attached to a notice."""

from functools import reduce
from operator import or_

from lianxue.accounts.models import User
from lianxue.organizations.policy import administered_organizations, power_in

from ..models import Notice, Relay
from .audience import reaching, seats_of
from .powers import Place, incoming, kept_notices


def may_open_files(user: User, notice: Notice) -> bool:
    """Whether ``user`` may open the notice's files: whom it reaches, the administrators who keep
    it, those of an organisation that handles it, and who may pass on what came from above.

    A draft's and a recalled notice's open for its keepers alone, a recalled relay's no longer for
    those whom it reached. ``notice`` carries its ``organization``. Seven statements at most.
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
    places = administered_organizations(user)
    return Relay.objects.filter(notice=notice, recalled_at=None, organization__in=places).exists()


def _came_to(user: User, notice: Notice) -> bool:
    places = administered_organizations(user, whole=True).exclude(superior=None)
    passed = [incoming(place).filter(notice=notice, recalled_at=None) for place in places]
    return bool(passed) and reduce(or_, passed).exists()
