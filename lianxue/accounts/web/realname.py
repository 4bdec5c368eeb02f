"""Pages of real-name verification: the person's own, and the operators' queue."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts import policy, queries, realname_terms, verifiers
from lianxue.accounts.actions import realname as actions
from lianxue.accounts.current import current_user
from lianxue.accounts.models import RealNameVerification
from lianxue.shared.errors import InvalidInput, RateLimited
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to, safe_path

State = RealNameVerification.State


@login_required
@never_cache
def realname(request: HttpRequest) -> HttpResponse:
    """个人实名认证: the form, the wait, or the result; ``next`` leads back to where one was."""
    if request.method == "POST":
        return _submit(request)
    return _show(request)


def _submit(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    submission = actions.Submission(
        name=request.POST.get("name", ""),
        id_number=request.POST.get("id_number", ""),
        consent=request.POST.get("consent", ""),
    )
    try:
        result = actions.submit(user, submission)
    except (InvalidInput, RateLimited) as error:
        return _show(request, error=error, status=error.status)
    return _after(request, result)


def _after(request: HttpRequest, result: RealNameVerification) -> HttpResponse:
    """Approved: on to where the person was; else to the page that says what comes next."""
    if result.state == State.APPROVED:
        messages.success(request, "个人实名认证已通过。")
        return redirect_to(_next(request) or reverse("accounts:realname"), request)
    return redirect_to(_own_page(request), request)


def _show(
    request: HttpRequest, *, error: InvalidInput | RateLimited | None = None, status: int = 200
) -> HttpResponse:
    user = current_user(request)
    latest = queries.latest_realname_request(user)
    verifier = verifiers.current()
    context: dict[str, Any] = {
        "next": _next(request),
        "latest": latest,
        "stage": _stage(user.is_verified, latest),
        "verifier": verifier,
        "terms": realname_terms,
        "error": error,
        "errors": error.fields if error else {},
        "values": request.POST if request.method == "POST" else {"name": user.name},
    }
    return page(request, "accounts/mobile/realname.html", context, status=status)


def _stage(verified: bool, latest: RealNameVerification | None) -> str:
    if verified:
        return "approved"
    return "pending" if latest is not None and latest.state == State.PENDING else "form"


@login_required
@require_POST
def realname_retry(request: HttpRequest) -> HttpResponse:
    """Ask the verifier again, when it gave no answer."""
    result = actions.retry(current_user(request))
    if result.state == State.PENDING:
        messages.warning(request, "核验服务还没有回应，请过几分钟再试。")
    return _after(request, result)


@login_required
@require_POST
def realname_withdraw(request: HttpRequest) -> HttpResponse:
    """Take the open request back, to write it anew."""
    actions.withdraw(current_user(request))
    messages.success(request, "已撤回，填写的身份证号已删除。")
    return redirect_to(_own_page(request), request)


@login_required
@never_cache
@require_POST
def realname_reveal(request: HttpRequest) -> HttpResponse:
    """The person's own number in full, once, on a page that nothing keeps; the read is audited."""
    user = current_user(request)
    latest = queries.latest_realname_request(user)
    number = actions.read_full(user, latest.pk if latest else 0)
    context = {"number": number, "next": _next(request)}
    return page(request, "accounts/mobile/realname_number.html", context)


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next", "")
    return safe_path(target, request, default="")


def _own_page(request: HttpRequest) -> str:
    target = _next(request)
    return reverse("accounts:realname") + (f"?{urlencode({'next': target})}" if target else "")


@login_required
@never_cache
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """The operators' queue: what waits first; ``state`` shows the decided ones."""
    return _queue(request)


def _queue(
    request: HttpRequest,
    *,
    error: InvalidInput | None = None,
    shown: tuple[int, str] | None = None,
    at: int = 0,
) -> HttpResponse:
    """``shown``: request id and number just revealed; ``at``: whose form has the error."""
    user = current_user(request)
    policy.require_operator(user)
    state = request.GET.get("state", State.PENDING)
    rows = queries.realname_requests(user, state if state in State.values else State.PENDING)
    if state != State.PENDING:
        rows = rows.order_by("-decided_at")
    context = {
        "page": paginate(rows, request.GET.get("page", 1)),
        "state": state if state in State.values else State.PENDING,
        "states": State.choices,
        "shown": shown,
        "error": error,
        "at": at,
        "typed": request.POST.get("reason", ""),
    }
    return page(
        request, "accounts/console/realname.html", context, status=error.status if error else 200
    )


@login_required
@require_POST
def console_approve(request: HttpRequest, request_id: int) -> HttpResponse:
    """通过."""
    result = actions.approve(current_user(request), request_id)
    messages.success(request, f"已通过 {result.name} 的实名认证。")
    return redirect_to(reverse("accounts:console_realname"), request)


@login_required
@require_POST
def console_refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    """不通过, with a reason."""
    try:
        actions.refuse(current_user(request), request_id, request.POST.get("reason", ""))
    except InvalidInput as error:
        return _queue(request, error=error, at=request_id)
    messages.success(request, "已退回，并把原因告诉了申请人。")
    return redirect_to(reverse("accounts:console_realname"), request)


@login_required
@never_cache
@require_POST
def console_reveal(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show one number in full, on this answer alone; the read is audited."""
    user = current_user(request)
    policy.require_operator(user)
    return _queue(request, shown=(request_id, actions.read_full(user, request_id)))
