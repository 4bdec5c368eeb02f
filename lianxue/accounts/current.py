"""The signed-in person of a request, typed."""

from django.http import HttpRequest

from lianxue.shared.errors import PermissionDenied

from .models import User


def current_user(request: HttpRequest) -> User:
    """The request's user, for handlers behind ``login_required``. Raises PermissionDenied."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied("请先登录。", code="not-signed-in")
