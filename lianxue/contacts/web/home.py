"""通讯录: my organisations with their marks, and the door to a new one (manual 2.4.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from ..queries import home as queries


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My organisations; 创建学习组织 at the end."""
    rows = queries.my_organizations(current_user(request))
    context = {"organizations": paginate(rows, request.GET.get("page", 1))}
    return page(request, "contacts/mobile/home.html", context)
