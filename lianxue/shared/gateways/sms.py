"""Text messages, a code, an invitation or a notice: to the screen, to a file, or through Aliyun.

``LIANXUE_SMS_BACKEND`` chooses.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Protocol

from django.conf import settings

from lianxue.shared.clock import now
from lianxue.shared.errors import RateLimited, Unavailable

from . import aliyun

log = logging.getLogger(__name__)
VERSION = "2017-05-25"

_OFTEN = "短信服务商限制了这个号码的发送次数，请过一会儿再试。"
_FAILED = "短信没有发送成功，请稍后重新获取验证码；多次不成功请联系本站管理员。"
_NOT_INVITED = "邀请短信没有发送成功，请稍后再试；多次不成功请联系本站管理员。"
_NO_INVITATIONS = "本站没有开通邀请短信，请复制邀请文字，自己发给对方。"
_NOT_NOTIFIED = "通知短信没有发送成功，请稍后再试；多次不成功请联系本站管理员。"
_NO_NOTICES = "本站没有开通通知短信。"
#: Characters that one variable of a template may hold (Aliyun's rule for notices).
_VARIABLE_MAX = 35


class SmsBackend(Protocol):
    """A way to send. Raises Unavailable or RateLimited; no phone or code gets into a log."""

    def send_code(self, phone: str, code: str) -> None:
        """Send ``code`` (six digits) to ``phone`` (eleven digits)."""

    def send_invitation(self, phone: str, organization_name: str, link: str) -> None:
        """Tell ``phone`` that an organisation waits for its owner at ``link``."""

    def send_notice(self, phone: str, organization_name: str, link: str) -> None:
        """Tell ``phone`` that an organisation has an urgent notice at ``link``; never which."""


class ConsoleSms:
    """Prints the message on standard output: for the demo and for development, where the one who
    started the server reads it. ``lianxue doctor`` refuses it in a real installation.
    """

    def send_code(self, phone: str, code: str) -> None:
        """Print it."""
        sys.stdout.write(f"[短信] +86 {phone} 验证码：{code}（5 分钟内有效）\n")
        sys.stdout.flush()

    def send_invitation(self, phone: str, organization_name: str, link: str) -> None:
        """Print it."""
        sys.stdout.write(f"[短信] +86 {phone} 邀请加入“{organization_name}”：{link}\n")
        sys.stdout.flush()

    def send_notice(self, phone: str, organization_name: str, link: str) -> None:
        """Print it."""
        sys.stdout.write(f"[短信] +86 {phone} “{organization_name}”有通知请查看：{link}\n")
        sys.stdout.flush()


class FileSms:
    """Appends one JSON line per message to ``sms.jsonl`` (mode 600) in the data folder."""

    def send_code(self, phone: str, code: str) -> None:
        """Write the line."""
        self._write({"phone": phone, "code": code}, _FAILED)

    def send_invitation(self, phone: str, organization_name: str, link: str) -> None:
        """Write the line, ``invitation`` (the organisation) and ``link`` in place of a code."""
        line = {"phone": phone, "invitation": organization_name, "link": link}
        self._write(line, _NOT_INVITED)

    def send_notice(self, phone: str, organization_name: str, link: str) -> None:
        """Write the line, ``notice`` (the organisation) and ``link`` in place of a code."""
        self._write({"phone": phone, "notice": organization_name, "link": link}, _NOT_NOTIFIED)

    def _write(self, values: dict[str, str], failed: str) -> None:
        """One write call, so that lines of several processes don't mix."""
        path = Path(settings.DATA_DIR) / "sms.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": now().isoformat(), **values}, ensure_ascii=False)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            log.error("sms file backend: %s", error.strerror)
            raise Unavailable(failed) from None
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)


class AliyunSms:
    """Aliyun's SendSms (2017-05-25): a template for codes with the one variable ``code``; one for
    invitations and one for notices with the one variable ``name`` (the organisation's); a
    template's link is fixed in its text, because Aliyun takes none in a variable.
    """

    def send_code(self, phone: str, code: str) -> None:
        """One signed call. The provider's own frequency limit reads as RateLimited."""
        self._send(phone, settings.ENV.aliyun_sms_template, {"code": code}, _FAILED)

    def send_invitation(self, phone: str, organization_name: str, link: str) -> None:
        """One signed call, as for a code; raises Unavailable without a template for it."""
        template = settings.ENV.aliyun_sms_invitation_template
        if not template:
            raise Unavailable(_NO_INVITATIONS)
        self._send(phone, template, {"name": organization_name[:_VARIABLE_MAX]}, _NOT_INVITED)

    def send_notice(self, phone: str, organization_name: str, link: str) -> None:
        """One signed call, as for a code; raises Unavailable without a template for it."""
        template = settings.ENV.aliyun_sms_notice_template
        if not template:
            raise Unavailable(_NO_NOTICES)
        self._send(phone, template, {"name": organization_name[:_VARIABLE_MAX]}, _NOT_NOTIFIED)

    def _send(self, phone: str, template: str, variables: dict[str, str], failed: str) -> None:
        try:
            answer = aliyun.call(
                settings.ENV.aliyun_sms_endpoint,
                "SendSms",
                VERSION,
                {
                    "PhoneNumbers": phone,
                    "SignName": settings.ENV.aliyun_sms_sign,
                    "TemplateCode": template,
                    "TemplateParam": json.dumps(variables, ensure_ascii=False),
                },
            )
        except aliyun.AliyunError as error:
            log.error("sms gateway: %s", error)
            raise Unavailable(failed) from None
        result = str(answer.get("Code", ""))
        if result == "OK":
            return
        if result == "isv.BUSINESS_LIMIT_CONTROL":
            raise RateLimited(_OFTEN, retry_after=60)
        # Everything else is the operator's to mend: balance, signature, template, black list.
        log.error("sms gateway: SendSms refused with %s", result[:60])
        raise Unavailable(failed)


_BACKENDS: dict[str, type[SmsBackend]] = {
    "console": ConsoleSms,
    "file": FileSms,
    "aliyun": AliyunSms,
}


def send_code(phone: str, code: str) -> None:
    """Send ``code`` to ``phone`` by the backend of the settings.

    Call it after the transaction that stores the code. Raises Unavailable when it didn't go out.
    """
    _BACKENDS[settings.ENV.sms_backend]().send_code(phone, code)


def invites() -> bool:
    """Whether invitations can be sent at all: Aliyun needs a template of its own for them."""
    env = settings.ENV
    return env.sms_backend != "aliyun" or bool(env.aliyun_sms_invitation_template)


def send_invitation(phone: str, organization_name: str, link: str) -> None:
    """Tell ``phone`` that an organisation waits for its owner, by the backend of the settings.

    Raises Unavailable or RateLimited when it didn't go out. Called by a job, outside transactions.
    """
    _BACKENDS[settings.ENV.sms_backend]().send_invitation(phone, organization_name, link)


def notifies() -> bool:
    """Whether urgent notices can be sent as text messages: Aliyun needs a template for them."""
    env = settings.ENV
    return env.sms_backend != "aliyun" or bool(env.aliyun_sms_notice_template)


def send_notice(phone: str, organization_name: str, link: str) -> None:
    """Tell ``phone`` that an organisation has something urgent to read, by the settings' backend.

    It names the organisation and the site alone: what a lock screen shows tells nothing of the
    notice. Raises Unavailable or RateLimited when it didn't go out. Called by a job, outside
    transactions.
    """
    _BACKENDS[settings.ENV.sms_backend]().send_notice(phone, organization_name, link)
