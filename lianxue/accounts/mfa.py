"""What allauth's second factors ask of us: encrypted secrets, and names that people know."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from lianxue.shared.crypto import decrypt, encrypt
from lianxue.shared.phones import mask_phone

from .models import User

_CONTEXT = "mfa_authenticator.data"


def seal(text: str) -> str:
    """The secret of a second factor as it is kept."""
    return encrypt(text, context=_CONTEXT)


def unseal(text: str) -> str:
    """The secret again."""
    return decrypt(text, context=_CONTEXT)


class MfaAdapter(DefaultMFAAdapter):
    """Secrets go through our keyring; an authenticator app shows the site and the masked phone."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "没有验证成功，请再试一次。",
    }

    def encrypt(self, text: str) -> str:
        """For the database."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        """Whose code it is, as the app shows it."""
        return mask_phone(user.phone).replace(" ", "")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site, as the device shows it when it asks for the finger."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """The person, as the device lists their passkeys."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.name, "name": self.get_totp_label(user)}
