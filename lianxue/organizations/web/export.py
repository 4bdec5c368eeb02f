"""导出成员: what the file is to hold, why, and the file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.shared.downloads import CSV, XLSX, attachment
from lianxue.shared.errors import DomainError

from .. import queries
from ..actions import export
from ..queries.table import TableView
from .common import FORM_ERRORS, form_page


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export_members(request: HttpRequest, organization_id: int) -> HttpResponseBase:
    """The choices, for whom the address's filters leave (those of the table); then the file."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    view = TableView.from_request(request)
    error: DomainError | None = None
    if request.method == "POST":
        wish = export.Wish(
            format=request.POST.get("format", ""),
            phones=request.POST.get("phones", ""),
            details=request.POST.get("details") == "on",
            reason=request.POST.get("reason", "")[:1000],
        )
        try:
            taken = export.export_members(user, organization.pk, view, wish)
        except FORM_ERRORS as caught:
            error = caught
        else:
            kind = XLSX if wish.format == "xlsx" else CSV
            return attachment(taken.file, taken.name, kind)
    context = {
        "organization": organization,
        "power": power,
        "view": view,
        "count": export.exportable(user, organization, view).count(),
        "cut": export.words_of(user, organization, view),
        "formats": list(export.FORMATS.items()),
        "phones": [
            ("masked", "隐藏中间四位", "例如 138 **** 1000，适合张贴、核对人数"),
            ("full", "完整号码", "需要写明用途"),
        ],
    }
    return form_page(request, "organizations/console/export.html", context, error)
