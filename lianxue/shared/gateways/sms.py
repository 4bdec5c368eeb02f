"""Text messages with a code: to the screen, to a file, or through Aliyun (LIANXUE_SMS_BACKEND)."""

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


class SmsBackend(Protocol):
    """A way to send a code. Raises Unavailable or RateLimited; no phone or code gets into a log."""

    def send_code(self, phone: str, code: str) -> None:
        """Send ``code`` (six digits) to ``phone`` (eleven digits)."""


class ConsoleSms:
    """Prints the message on standard output: for the demo and for development, where the one who
    started the server reads it. ``lianxue doctor`` refuses it in a real installation.
    """

    def send_code(self, phone: str, code: str) -> None:
        """Print it."""
        sys.stdout.write(f"[短信] +86 {phone} 验证码：{code}（5 分钟内有效）\n")
        sys.stdout.flush()


class FileSms:
    """Appends one JSON line per message to ``sms.jsonl`` (mode 600) in the data folder."""

    def send_code(self, phone: str, code: str) -> None:
        """Write the line; one write call, so that lines of several processes don't mix."""
        path = Path(settings.DATA_DIR) / "sms.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": now().isoformat(), "phone": phone, "code": code})
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            log.error("sms file backend: %s", error.strerror)
            raise Unavailable(_FAILED) from None
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)


class AliyunSms:
    """Aliyun's SendSms (2017-05-25); the template must have the one variable ``code``."""

    def send_code(self, phone: str, code: str) -> None:
        """One signed call. The provider's own frequency limit reads as RateLimited."""
        try:
            answer = aliyun.call(
                settings.ENV.aliyun_sms_endpoint,
                "SendSms",
                VERSION,
                {
                    "PhoneNumbers": phone,
                    "SignName": settings.ENV.aliyun_sms_sign,
                    "TemplateCode": settings.ENV.aliyun_sms_template,
                    "TemplateParam": json.dumps({"code": code}),
                },
            )
        except aliyun.AliyunError as error:
            log.error("sms gateway: %s", error)
            raise Unavailable(_FAILED) from None
        result = str(answer.get("Code", ""))
        if result == "OK":
            return
        if result == "isv.BUSINESS_LIMIT_CONTROL":
            raise RateLimited(_OFTEN, retry_after=60)
        # Everything else is the operator's to mend: balance, signature, template, black list.
        log.error("sms gateway: SendSms refused with %s", result[:60])
        raise Unavailable(_FAILED)


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
