"""栏目: the headings under which readers find an organisation's content."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.organizations.web.common import FORM_ERRORS, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, NotFound
from lianxue.shared.web import redirect_to

from .. import policy, rules
from ..actions import columns as acts
from ..models import Column
from ..queries import desk as reads
from .common import FORM, Context, address, frame

_DONE = {"rename": "栏目名称已修改。", "remove": "栏目已删除，里面的内容还在，归到“未分栏目”。"}


@login_required
@require_http_methods(FORM)
def columns(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """All of them in their order; adding, renaming, moving, removing (``act``)."""
    context = frame(request, organization_id, console)
    policy.need_settings(context["power"])
    user = current_user(request)
    rows = list(reads.columns(user, organization_id))
    error: DomainError | None = None
    if request.method == "POST":
        try:
            _act(request, user, organization_id, rows)
            return redirect_to(address("columns", console, organization_id), request)
        except FORM_ERRORS as caught:
            error = caught
    context |= {"columns": rows, "most": rules.MAX_COLUMN, "at": request.POST.get("column", "")}
    return _page(request, context, error)


def _page(request: HttpRequest, context: Context, error: DomainError | None) -> HttpResponse:
    """A refused name stands at its own column's form: ``name-<id>``, the new one's is ``name``."""
    at, known = context["at"], {str(one.pk) for one in context["columns"]}
    if error and request.POST.get("act") == "rename" and at in known and "name" in error.fields:
        error = InvalidInput.at(f"name-{at}", error.fields["name"])
    return form_page(request, "learning/both/columns.html", context, error)


def _act(request: HttpRequest, user: User, organization_id: int, rows: list[Column]) -> None:
    sent = request.POST
    act, name = sent.get("act", ""), sent.get("name", "")
    if act not in {"rename", "remove", "up", "down"}:
        added = acts.add(user, organization_id, name)
        messages.success(request, f"已添加栏目“{added.name}”。")
        return
    column_id = number_in(sent.get("column"), "name")
    if column_id not in {one.pk for one in rows}:
        raise NotFound("没有找到这个栏目，可能已被删除。")
    if act == "rename":
        acts.rename(user, column_id, name)
    elif act == "remove":
        acts.remove(user, column_id)
    else:
        acts.order(user, organization_id, _moved([one.pk for one in rows], column_id, act))
    if act in _DONE:
        messages.success(request, _DONE[act])


def _moved(ids: list[int], column_id: int, act: str) -> list[int]:
    """The order after one of them went up or down by one place."""
    at = ids.index(column_id)
    to = max(0, at - 1) if act == "up" else min(len(ids) - 1, at + 1)
    ids[at], ids[to] = ids[to], ids[at]
    return ids
