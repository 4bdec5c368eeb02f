"""导出答复: which answers, and the workbook."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.notices.web.common import FORM
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.downloads import attachment
from lianxue.shared.errors import DomainError, NotFound

from ..actions import export as actions
from ..queries import progress as reads
from .overseen import desk_of


@login_required
@never_cache
@require_http_methods(FORM)
def export(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponseBase:
    """What the file is to hold and how much that is; then the file."""
    desk = desk_of(request, organization_id, notice_id, console)
    if desk.members and not desk.stand.at_home:
        raise NotFound
    error: DomainError | None = None
    if request.method == "POST":
        at = None if desk.stand.at_home else desk.stand.at.pk
        wish = request.POST.get("which", "")
        try:
            taken = actions.export_answers(
                current_user(request), organization_id, notice_id, wish, at
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            return attachment(taken.file, taken.name)
    counts = reads.progress(desk.place, desk.relay)
    numbers = {
        "accepted": counts.accepted,
        "handed_in": counts.answered,
        "all": counts.answered + counts.returned,
    }
    context = desk.context | {
        "counts": counts,
        "which": [(key, word, f"{numbers[key]} 份") for key, word in actions.WHICH.items()],
        "most": max(numbers.values()),
    }
    return form_page(request, "worktasks/both/export.html", context, error)
