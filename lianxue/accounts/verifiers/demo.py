"""Believes everybody, so that a demo can be walked through. Never in a real installation."""

from typing import ClassVar

from .base import Verdict


class DemoVerifier:
    """Approves any well-formed number at once."""

    key: ClassVar[str] = "demo"
    notice: ClassVar[str] = (
        "演示模式：只检查号码格式，不核对真实身份，提交后立即通过。请不要填写真实的身份证号。"
    )

    def check(self, name: str, id_number: str) -> Verdict:
        """Yes."""
        return Verdict(approved=True)
