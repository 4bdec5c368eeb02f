"""学习设置 of an organisation: what becomes of its members' comments."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError
from lianxue.shared.web import redirect_to

from .. import policy
from ..actions import settings as acts
from ..models import LearningSettings
from ..queries.comments import comments_of
from .common import FORM, address, frame

_HELP = {
    LearningSettings.Comments.OFF: "成员看不到评论，也不能发表；以前的评论保留着。",
    LearningSettings.Comments.MODERATED: "成员发表以后，由管理员在“评论”里决定是否显示。",
    LearningSettings.Comments.OPEN: "成员发表以后，本组织的人马上能看到；管理员随时可以隐藏。",
}


@login_required
@require_http_methods(FORM)
def settings(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """One choice, kept at a tap."""
    context = frame(request, organization_id, console)
    policy.need_settings(context["power"])
    error: DomainError | None = None
    if request.method == "POST":
        try:
            acts.set_comments(
                current_user(request), organization_id, request.POST.get("comments", "")
            )
            messages.success(request, "设置已保存。")
            return redirect_to(address("settings", console, organization_id), request)
        except FORM_ERRORS as caught:
            error = caught
    context |= {
        "comments": comments_of(organization_id),
        "choices": [
            (value, word, _HELP[LearningSettings.Comments(value)])
            for value, word in LearningSettings.Comments.choices
        ],
    }
    return form_page(request, "learning/both/settings.html", context, error)
