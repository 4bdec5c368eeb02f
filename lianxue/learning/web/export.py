"""导出完成情况: who, and the workbook."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.downloads import attachment
from lianxue.shared.errors import DomainError

from ..actions import task_export as actions
from ..queries import progress
from .common import FORM
from .overseen import desk_of


@login_required
@never_cache
@require_http_methods(FORM)
def export(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponseBase:
    """What the file is to hold and how much that is; then the file."""
    desk = desk_of(request, organization_id, notice_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        wish = request.POST.get("which", "")
        try:
            taken = actions.export_task(current_user(request), organization_id, notice_id, wish)
        except FORM_ERRORS as caught:
            error = caught
        else:
            return attachment(taken.file, taken.name)
    counts = progress.own(desk.place, desk.relay)
    numbers = {"expected": counts.expected, "done": counts.completed, "left": counts.left}
    context = desk.context | {
        "counts": counts,
        "which": [(key, word, f"{numbers[key]} 人") for key, word in actions.WHICH.items()],
    }
    return form_page(request, "learning/both/task_export.html", context, error)
