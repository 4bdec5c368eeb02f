"""再次邀请 of one member who has not come yet: a text message, or words to send oneself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.shared.clock import now
from lianxue.shared.errors import DomainError
from lianxue.shared.gateways import sms
from lianxue.shared.web import redirect_to

from .. import policy, queries
from ..actions import bulk_members, reminding
from .common import FORM_ERRORS, form_page, require_covers


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_remind(request: HttpRequest, membership_id: int) -> HttpResponse:
    """The words of the invitation to copy; POST sends it as a text message."""
    user = current_user(request)
    member, power = queries.get_member(user, membership_id)
    require_covers(power, member.branch)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            bulk_members.remind_members(user, member.organization_id, {member.pk: ""})
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"正在向{member.name}发送邀请短信。")
            return redirect_to(reverse("organizations:member", args=[member.pk]), request)
    refused = policy.no_reminder(member, now())
    context = {
        "member": member,
        "organization": member.organization,
        "words": reminding.invitation_words(member.organization),
        "invites": sms.invites(),
        "refused": refused.message if refused else "",
    }
    return form_page(request, "organizations/mobile/member_remind.html", context, error)
