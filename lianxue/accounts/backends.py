"""How a user proves who they are to Django: phone and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from .models import User


class PhoneBackend(BaseBackend):
    """Phone and password, with the same amount of work whether or not the phone is known."""

    def authenticate(
        self, request: HttpRequest | None, phone: str = "", password: str = "", **extra: Any
    ) -> User | None:
        """The user when both are right and the account is open, else None."""
        user = User.objects.filter(phone=phone).first()
        if user is None:
            User().set_password(password)  # the time that a wrong password takes
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The session's user, None when the account was closed since."""
        return User.objects.filter(pk=user_id, is_active=True).first()
