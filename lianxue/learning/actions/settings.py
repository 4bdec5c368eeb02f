"""An organisation's choices about learning."""

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.shared.errors import InvalidInput

from .. import policy
from ..models import LearningSettings
from .common import locked_place, note_here


@transaction.atomic
def set_comments(actor: Actor, organization_id: int, comments: str) -> LearningSettings:
    """What becomes of the own members' comments: a ``LearningSettings.Comments``; the same again
    leaves no event.

    Comments made before stay as they are decided; OFF shows none of them.
    Raises NotFound, PermissionDenied, InvalidInput at ``comments``.
    """
    place = locked_place(actor, organization_id)
    policy.need_settings(place.power)
    if comments not in LearningSettings.Comments.values:
        raise InvalidInput.at("comments", "请选择评论怎样处理。")
    found, _ = LearningSettings.objects.get_or_create(organization=place.organization)
    if found.comments == comments:
        return found
    before = found.get_comments_display()
    found.comments = comments
    found.save(update_fields=["comments"])
    note_here(
        actor,
        "learning.comments_set",
        place.organization.pk,
        before=before,
        after=found.get_comments_display(),
    )
    return found
