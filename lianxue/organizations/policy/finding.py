"""Which organisations a person may come upon by looking for them (manual 2.4.1; design rule 12)."""

from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.shared.actors import Operator
from lianxue.shared.ids import STEP, path_end

from ..models import Organization
from .powers import administered_organizations, visible_organizations


def below_administered(actor: Actor, organization: Organization) -> bool:
    """Whether ``actor`` administers the whole of ``organization`` or of one above it."""
    if isinstance(actor, Operator) or actor.is_operator:
        return True
    path = organization.chain_path or ""
    lineage = [path[:end] for end in range(STEP, len(path) + 1, STEP)]
    above = Q(pk=organization.pk) | Q(chain_path__in=lineage)
    return administered_organizations(actor, whole=True).filter(above).exists()


def findable_organizations(actor: Actor) -> QuerySet[Organization, Any]:
    """The living organisations that ``actor`` may find: the own ones, those above them in the
    chain, and, below an organisation that the actor administers whole, all of them (index ranges).

    Everything for who serves the site. Two statements besides the query's own.
    """
    living = Organization.objects.filter(dissolved_at=None)
    if isinstance(actor, Operator) or actor.is_operator:
        return living
    mine = dict(visible_organizations(actor).values_list("pk", "chain_path"))
    paths = {pk: path for pk, path in mine.items() if path is not None}
    above = {path[:end] for path in paths.values() for end in range(STEP, len(path), STEP)}
    within = Q(pk__in=list(mine)) | Q(chain_path__in=above)
    whole = administered_organizations(actor, whole=True).values_list("pk", flat=True)
    covered = ""
    for path in sorted(paths[pk] for pk in whole if pk in paths):
        if not covered or not path.startswith(covered):  # else it lies within the one before
            within |= Q(chain_path__gte=path, chain_path__lt=path_end(path))
            covered = path
    return living.filter(within)
